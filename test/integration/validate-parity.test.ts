import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { edit, webChart, writeFiles } from '../support/charts.js';
import { temporaryFolder } from '../support/services.js';
import { validate } from '../support/validate.js';

const ENC = 'ENC[AES256_GCM,data:a,iv:b,tag:c,type:str]';
const sops = (values: string) => `${values}sops:\n  mac: ${ENC}\n`;

describe('values of the environments', () => {
  let folder: string;
  const config = `charts:
  web: { path: charts/web }
environments:
  develop: { branch: develop, repository: file:///tmp/none/d, values: [env/develop.yaml], secrets: [env/develop.sops.yaml] }
  production: { promote-from: develop, repository: file:///tmp/none/p, values: [env/production.yaml], secrets: [env/production.sops.yaml] }
`;
  const inChart = (file: string) => path.join(folder, 'charts/web', file);

  beforeEach(async () => {
    folder = await temporaryFolder();
    await writeFiles(folder, { 'helm-cd.yaml': config });
    await writeFiles(path.join(folder, 'charts/web'), {
      ...webChart(),
      'templates/extra.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: extra }\ndata:\n  {{- toYaml .Values.config | nindent 2 }}\n  url: {{ .Values.smtp.url | default "" | quote }}\n',
      'env/develop.yaml': 'replicas: 1\nconfig:\n  LEVEL: debug\n  NEW: x\n',
      'env/production.yaml': 'replicas: 3\nconfig:\n  LEVEL: info\n',
      'env/develop.sops.yaml': sops(`smtp:\n  url: ${ENC}\n`),
      'env/production.sops.yaml': sops(`smtp:\n  url: ${ENC}\n`),
    });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('says what environments lack, shows the table, and keeps it in the result', async () => {
    await edit(inChart('env/production.sops.yaml'), `smtp:\n  url: ${ENC}\n`, `smtp: {}\n`);
    await edit(inChart('env/production.yaml'), 'replicas: 3', 'replcas: 3');
    const { lines, ok, outputs, summary, document } = await validate(folder, { parity: 'warn' });
    expect(lines).toEqual([
      'charts/web/env/production.sops.yaml warning parity secret value smtp.url is set for develop but not for production',
      'charts/web/env/production.yaml warning parity value config.NEW is set for develop but not for production: it has no default',
      'charts/web/env/production.yaml:1 warning unknown-value value replcas is set, but neither the chart\'s values nor its templates know it, did you mean "replicas"?',
    ]);
    expect(ok).toBe(true);
    expect(outputs['warnings']).toBe('3');
    expect(summary).toContain('<summary>web: 4 values that not all environments set</summary>');
    expect(summary).toContain('| `config.NEW` | ✓ | ❌ |');
    expect(summary).toContain('| `replicas` | ✓ | default |');
    expect(summary).toContain('| `smtp.url` | 🔒 | ❌ |');
    expect(document['charts']).toMatchObject([
      { parity: { environments: ['develop', 'production'], ignored: 0, rows: { length: 4 } } },
    ]);
  });

  it('can be told to make it an error, to leave values out, and not to look', async () => {
    expect((await validate(folder, { parity: 'error' })).ok).toBe(false);
    expect((await validate(folder, { parity: 'off' })).lines).toEqual([]);
    await edit(path.join(folder, 'helm-cd.yaml'), 'charts:', 'validate:\n  parity:\n    ignore: [config.NEW]\ncharts:');
    const { lines, summary } = await validate(folder, { parity: 'error' });
    expect(lines).toEqual([]);
    expect(summary).toContain('1 more are ignored by helm-cd.yaml.');
    await edit(path.join(folder, 'helm-cd.yaml'), '[config.NEW]', '[config..NEW]');
    await expect(validate(folder, { parity: 'error' })).rejects.toThrow(
      'helm-cd.yaml: validate.parity.ignore.0 is no path of a value: "config..NEW"',
    );
  });

  it.each([
    ['dotenv', `URL=${ENC}\nsops_mac=${ENC}\n`],
    ['INI', `[smtp]\nurl = ${ENC}\n\n[sops]\nmac = ${ENC}\n`],
  ])('says that a secrets file in %s cannot be', async (_, text) => {
    await writeFiles(path.join(folder, 'charts/web'), { 'env/develop.sops.yaml': text });
    const { lines } = await validate(folder, { environments: ['develop'] });
    expect(lines).toEqual([
      'charts/web/env/develop.sops.yaml error values-file environment develop: this file is encrypted with SOPS as dotenv or INI, which helm does not read as values',
    ]);
  });

  it('says that one environment alone cannot be compared', async () => {
    const { summary } = await validate(folder, { parity: 'error', environments: ['develop'] });
    expect(summary).toContain('whether environments agree on their values: there is only develop');
  });
});

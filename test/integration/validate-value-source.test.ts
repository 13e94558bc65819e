/** A field that is wrong because of a value names that value: its path and the line that sets it, never what it holds. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { edit, webChart, writeFiles } from '../support/charts.js';
import { temporaryFolder } from '../support/services.js';
import { validate } from '../support/validate.js';

let folder: string;
const chart = (file: string) => path.join(folder, 'web', file);
beforeEach(async () => {
  folder = await temporaryFolder();
  await writeFiles(path.join(folder, 'web'), {
    ...webChart(),
    'env/develop.yaml': 'replicas: 2\n',
    'env/production.yaml': '# of production\nreplicas: "canary"\nport: "canary"\n',
  });
  await writeFiles(folder, {
    'helm-cd.yaml': `environments:
  develop: { branch: main, repository: 'file:///tmp/none/d', values: [env/develop.yaml] }
  production: { promote-from: develop, repository: 'file:///tmp/none/p', values: [env/production.yaml] }
`,
  });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe.each(['3', '4'])('with helm %s', (helmVersion) => {
  it('names the value and where it is set', async () => {
    const { lines, logText, summary } = await validate(folder, { helmVersion });
    expect(lines).toContain(
      'web/templates/deployment.yaml:8 error wrong-type spec.replicas is text, must be an integer (from replicas, set in web/env/production.yaml:2)',
    );
    expect(lines.filter((line) => line.includes('(from port, set in web/env/production.yaml:3)'))).toHaveLength(1);
    expect(`${logText}${summary}`).not.toContain('canary');
  });

  it('is one finding when several files set it', async () => {
    await writeFiles(path.join(folder, 'web'), { 'env/develop.yaml': 'replicas: a\n' });
    const { lines } = await validate(folder, { helmVersion, environments: [] });
    expect(lines.filter((line) => line.includes('spec.replicas'))).toEqual([
      expect.stringContaining('(from replicas, set in web/env/develop.yaml:1, web/env/production.yaml:2)'),
    ]);
  });

  it.each([
    ['two values', '{{ .Values.replicas }}{{ .Values.port }}'],
    ['a default', '{{ .Values.replicas | default "x" }}'],
    ['a condition', '{{ if .Values.replicas }}x{{ end }}'],
    ['a calculation', '{{ printf "%s" .Values.replicas }}'],
    ['text around it', 'a{{ .Values.replicas }}'],
    ['quotes of the template', '{{ .Values.replicas | quote }}'],
    ['no value', 'x'],
  ])('says nothing of %s', async (_, expression) => {
    await edit(chart('templates/deployment.yaml'), 'replicas: {{ .Values.replicas }}', `replicas: ${expression}`);
    const { lines } = await validate(folder, { helmVersion, environments: ['production'] });
    const own = lines.filter((line) => line.includes('spec.replicas'));
    expect(own).toHaveLength(1);
    expect(own[0]).not.toContain('(from');
  });
});

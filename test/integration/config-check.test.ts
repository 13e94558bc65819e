/** With config-check all that is wrong in helm-cd.yaml, and with the files that it names, is told at once. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Ajv } from 'ajv';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../src/actions/validate-chart/run.js';
import { webChart, writeFiles } from '../support/charts.js';
import { createTestServices, projectRoot, type TestServices } from '../support/services.js';
import { VALIDATE_DEFAULTS } from '../support/validate.js';

jest.setTimeout(30_000);

const ENCRYPTED = 'password: ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]\nsops: { mac: ENC[x], version: 3.9.0 }\n';
const GOOD = `charts:
  web:
    path: charts/web
    images: { ghcr.io/acme/web: [values.yaml#/image/tag] }
environments:
  develop:
    branch: main
    repository: file:///srv/charts
    values: [env/develop.yaml]
    secrets: [env/develop.sops.yaml]
    kubernetes: ['1.36']
`;
let services: TestServices;

beforeEach(async () => {
  services = await createTestServices();
  const chart = Object.entries(webChart()).map(([file, text]) => [`charts/web/${file}`, text] as const);
  await writeFiles(services.workingDirectory, {
    ...Object.fromEntries(chart),
    'charts/web/env/develop.yaml': 'replicas: 2\n',
    'charts/web/env/develop.sops.yaml': ENCRYPTED,
  });
});
afterEach(async () => {
  await rm(services.workingDirectory, { recursive: true, force: true });
});

/** `error 9 message` for each finding. */
async function check(text: string, files: Readonly<Record<string, string>> = {}) {
  await writeFiles(services.workingDirectory, { 'helm-cd.yaml': text, ...files });
  const outcome = await run({ ...VALIDATE_DEFAULTS, configCheck: true }, services);
  const schema = JSON.parse(
    await readFile(path.join(projectRoot, 'schema/validate-chart-result.schema.json'), 'utf8'),
  ) as object;
  const valid = new Ajv({ allErrors: true }).compile(schema);
  expect([valid({ action: 'validate-chart', result: outcome.result, ...outcome.document }), valid.errors]).toEqual([
    true,
    null,
  ]);
  const said = (outcome.annotations ?? []).map(({ level, message, place }) => `${level} ${place?.line} ${message}`);
  return { ...outcome, said };
}

describe('config-check', () => {
  it('says that a good file is in order', async () => {
    const outcome = await check(GOOD);
    expect(outcome.said).toEqual([]);
    expect(outcome).toMatchObject({ result: 'valid', ok: true, outputs: { errors: '0', warnings: '0' } });
    expect(outcome.summary).toBe('### ✅ `helm-cd.yaml` is in order: 1 environment');
  });

  it('looks at every chart of the repository when none is named', async () => {
    const outcome = await check(
      GOOD.replace(/charts:[^]*(?=environments:)/, '').replace('develop.yaml', 'devlop.yaml'),
    );
    expect(outcome.said).toEqual([
      'error 5 helm-cd.yaml: environments.develop.values.0: there is no file charts/web/env/devlop.yaml, did you mean "env/develop.yaml"? It is relative to the chart\'s folder, charts/web.',
    ]);
  });

  it('tells everything at once, in the order of the lines, and changes nothing', async () => {
    const outcome = await check(`charts:
  web: { path: charts/web, images: { ghcr.io/acme/web: [values.yaml#/image/tga, value.yaml#/image/tag] } }
  wbe: { path: charts/wbe }
  other: { path: charts/web }
environments:
  develop:
    branch: main
    repository: ftp://charts
    kubernetes: ['1.99']
    secrets:
      - env/develop.yaml
      - env/none.sops.yaml
  staging:
    promote-from: devlop
    branch: main
    repository: file:///srv/staging
    bump: { tags: '/(/' }
`);
    expect(outcome.ok).toBe(false);
    const lines = outcome.said.map((text) => text.replace(/^error (\d+) helm-cd\.yaml: /, '$1 '));
    const starts = [
      '14 environment staging has both branch and promote-from',
      '14 environment staging is promoted from the unknown environment "devlop", did you mean "develop"?',
      '15 environments develop and staging have the same branch "main"',
      '17 environments.staging.bump.tags is a broken regular expression: /(/',
      '8 environments.develop.repository: ',
      '9 environments.develop.kubernetes.0: ',
      '2 charts.web.images.ghcr.io/acme/web.0: Target values.yaml#/image/tga does not exist, did you mean "/image/tag"?',
      '2 charts.web.images.ghcr.io/acme/web.1: there is no file charts/web/value.yaml, did you mean "values.yaml"?',
      '3 charts.wbe.path: there is no Chart.yaml in charts/wbe, did you mean "charts/web"?',
      '4 charts web and other have the same path "charts/web"',
      '11 environments.develop.secrets.0: charts/web/env/develop.yaml is not encrypted by SOPS',
      '12 environments.develop.secrets.1: there is no file charts/web/env/none.sops.yaml',
    ];
    for (const start of starts) expect(lines).toEqual(expect.arrayContaining([expect.stringContaining(start)]));
    expect(outcome.said.filter((text) => text.startsWith('warning'))).toEqual([
      expect.stringContaining('charts.other: its Chart.yaml has the name "web"'),
    ]);
    expect(outcome.outputs['errors']).toBe(String(starts.length));
    expect(outcome.summary).toContain(`### ❌ ${starts.length} errors in \`helm-cd.yaml\`, with 1 warning`);
  });

  it('tells of each override at its own place', async () => {
    const outcome = await check(
      GOOD.replace(
        'images:',
        'environments: { develop: { values: [env/own.yaml], kubernetes: [latest] } }\n    images:',
      ).replace('latest', "'1.50'"),
    );
    expect(outcome.said).toEqual([
      expect.stringMatching(/^error 4 helm-cd\.yaml: charts\.web\.environments\.develop\.kubernetes\.0: /),
      expect.stringMatching(
        /^error 4 .*charts\.web\.environments\.develop\.values\.0: there is no file charts\/web\/env\/own\.yaml/,
      ),
    ]);
  });

  it('never shows what is in a secret that is not encrypted', async () => {
    const outcome = await check(GOOD, { 'charts/web/env/develop.sops.yaml': 'password: hunter2-plain\n  broken: x\n' });
    expect(outcome.ok).toBe(false);
    expect(JSON.stringify([outcome.said, outcome.summary, outcome.document])).not.toContain('hunter2');
  });

  it('says that there is no file', async () => {
    await expect(run({ ...VALIDATE_DEFAULTS, configCheck: true }, services)).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('There is no helm-cd.yaml to check'),
    });
  });
});

/** The result file is what its published schema says. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { Ajv } from 'ajv';
import { edit, webChart, writeFiles } from '../support/charts.js';
import { projectRoot, temporaryFolder } from '../support/services.js';
import { validate } from '../support/validate.js';

const CONFIG = `environments:
  develop: { branch: main, repository: 'file:///tmp/none/d', values: [d.yaml], kubernetes: ['1.35', '1.36'] }
  production: { promote-from: develop, repository: 'file:///tmp/none/p', values: [p.yaml], secrets: [s.yaml] }
`;

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  await writeFiles(path.join(folder, 'web'), {
    ...webChart(),
    'd.yaml': 'replicas: 2\nnew: 1\n',
    'p.yaml': 'replicas: 3\n',
    's.yaml':
      'a: ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]\nsops:\n  mac: ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]\n  version: 3.13.3\n',
  });
  await writeFiles(folder, { 'helm-cd.yaml': CONFIG });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function complaints(document: unknown): Promise<unknown> {
  const schema = JSON.parse(
    await readFile(path.join(projectRoot, 'schema/validate-chart-result.schema.json'), 'utf8'),
  ) as object;
  const check = new Ajv({ allErrors: true }).compile(schema);
  check(JSON.parse(JSON.stringify(document)));
  return check.errors ?? [];
}

async function result(): Promise<Readonly<Record<string, unknown>>> {
  const outcome = await validate(folder, { parity: 'warn', missingSchemas: 'warn' });
  return { action: 'validate-chart', result: outcome.result, ...outcome.document };
}

describe('the result file', () => {
  it('of a good chart', async () => {
    const document = await result();
    expect(document).toMatchObject({ result: 'valid', errors: 0 });
    expect(await complaints(document)).toEqual([]);
  });

  it('of charts with findings of all kinds', async () => {
    await edit(path.join(folder, 'web/templates/service.yaml'), 'spec:', 'spek: {}\nspec:');
    await writeFiles(folder, {
      'web/templates/foo.yaml': 'apiVersion: example.com/v1\nkind: Foo\nmetadata:\n  name: a\n',
      'broken/Chart.yaml': 'apiVersion: v2\nname: [\n',
      'lib/Chart.yaml': 'apiVersion: v2\nname: lib\ntype: library\nversion: 1.0.0\n',
    });
    const document = await result();
    expect(document).toMatchObject({ result: 'invalid' });
    expect(document['notValidated']).toHaveLength(1);
    expect(await complaints(document)).toEqual([]);
  });

  it('of an action that failed', async () => {
    const error = { code: 'input', message: 'm', hint: 'h', place: { file: 'helm-cd.yaml', line: 3 } };
    expect(await complaints({ action: 'validate-chart', result: '', error })).toEqual([]);
  });

  it.each<[string, (document: Record<string, unknown>) => void]>([
    ['a field that nobody has told of', (document) => (document['more'] = 1)],
    ['a count that is none', (document) => (document['errors'] = '1')],
    ['no findings', (document) => delete document['findings']],
    ['another result', (document) => (document['result'] = 'fine')],
  ])('would be told apart with %s', async (_, change) => {
    const document = { ...(await result()) };
    change(document);
    expect(await complaints(document)).not.toEqual([]);
  });
});

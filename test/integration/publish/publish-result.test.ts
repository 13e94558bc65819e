/** The result file is what its published schema says, in every mode. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { publishChart } from '../../../src/actions/publish-chart/action.js';
import { REPOSITORY_PROBLEMS } from '../../../src/core/repository-findings.js';
import { createInputReader } from '../../../src/runtime/inputs.js';
import { writeChart } from '../../support/packed-charts.js';
import { createTestServices, projectRoot, type TestServices } from '../../support/services.js';

const SCHEMA = path.join(projectRoot, 'schema/publish-chart-result.schema.json');
const saved = { ...process.env };
let services: TestServices;
let work: string;

beforeEach(async () => {
  services = await createTestServices({ masks: { add: () => undefined, redact: (text) => text } });
  work = services.workingDirectory;
  await writeChart(work, 'shop', '1.0.0');
});

afterEach(async () => {
  process.env = { ...saved };
  await rm(work, { recursive: true, force: true });
});

/** The result file's content for these inputs, as the runtime writes it. */
async function documentOf(inputs: Record<string, string>): Promise<Record<string, unknown>> {
  process.env = { ...saved };
  const all = { charts: 'shop', 'chart-repository': pathToFileURL(path.join(work, 'repository')).href, ...inputs };
  for (const [name, value] of Object.entries(all)) process.env[`INPUT_${name.toUpperCase()}`] = value;
  const outcome = await publishChart.run(publishChart.readInputs(createInputReader(services.masks)), services);
  const document = { action: 'publish-chart', result: outcome.result, ...outcome.document };
  return JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
}

async function complaints(document: unknown): Promise<unknown> {
  const schema = JSON.parse(await readFile(SCHEMA, 'utf8')) as object;
  const check = new Ajv({ allErrors: true }).compile(schema);
  check(document);
  return check.errors ?? [];
}

async function expectValid(inputs: Record<string, string>, result: string): Promise<Record<string, unknown>> {
  const document = await documentOf(inputs);
  expect([document['result'], await complaints(document)]).toEqual([result, []]);
  return document;
}

describe('the result file', () => {
  it('of publishing and planning', async () => {
    await expectValid({ 'dry-run': 'true' }, 'planned');
    await expectValid({}, 'published');
    await expectValid({}, 'already-published');
    await writeChart(work, 'shop', '1.0.0', 'changed');
    const plan = await expectValid({ 'dry-run': 'true' }, 'planned');
    expect(plan).toMatchObject({ charts: [{ state: 'conflict', reason: expect.any(String) }] });
  });

  it('of verifying', async () => {
    await expectValid({ mode: 'verify' }, 'not-found');
    await expectValid({}, 'published');
    await expectValid({ mode: 'verify' }, 'verified');
    await writeChart(work, 'shop', '1.0.0', 'changed');
    await writeFile(path.join(work, 'shop/more'), '');
    await expectValid({ mode: 'verify' }, 'different');
  });

  it('of pruning and checking', async () => {
    for (const version of ['1.0.0', '1.0.1', '1.0.2']) await expectValid({ version }, 'published');
    const prune = { mode: 'prune', 'keep-count': '1' };
    await expectValid({ ...prune, 'dry-run': 'true' }, 'planned');
    await expectValid({ ...prune, 'dry-run': 'false' }, 'pruned');
    await expectValid({ ...prune, 'dry-run': 'false' }, 'unchanged');
    await expectValid({ mode: 'fsck' }, 'sound');
    await rm(path.join(work, 'repository/shop-1.0.2.tgz'));
    await expectValid({ mode: 'fsck' }, 'broken');
  });

  it('knows every problem of a repository, and no field that is not named', async () => {
    const schema = JSON.parse(await readFile(SCHEMA, 'utf8')) as {
      definitions: { finding: { properties: { code: { enum: string[] } } } };
    };
    expect([...schema.definitions.finding.properties.code.enum].sort()).toEqual(
      Object.keys(REPOSITORY_PROBLEMS).sort(),
    );
    const good = await documentOf({});
    expect(await complaints({ ...good, more: 1 })).not.toEqual([]);
    expect(await complaints({ ...good, result: 'verified' })).not.toEqual([]);
    const { charts, ...rest } = good;
    expect(charts).toBeDefined();
    expect(await complaints(rest)).not.toEqual([]);
    expect(await complaints({ action: 'publish-chart', result: '', error: { code: 'input', message: 'x' } })).toEqual(
      [],
    );
  });
});

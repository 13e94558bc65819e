import { rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { publishChart } from '../../../src/actions/publish-chart/action.js';
import { createInputReader } from '../../../src/runtime/inputs.js';
import { readContext } from '../../../src/runtime/context.js';
import { startGitHubServer, type GitHubServer } from '../../support/github-server/index.js';
import { writeChart } from '../../support/packed-charts.js';
import { createTestServices, type TestServices } from '../../support/services.js';

const TOKEN = 'ghs_0123456789abcdefghijABCDEFGHIJ012345';
const SHA = '0123456789abcdef0123456789abcdef01234567';

let github: GitHubServer;
let services: TestServices;
const saved = { ...process.env };

beforeEach(async () => {
  github = await startGitHubServer({
    repositories: [
      { owner: 'acme', name: 'deployments', files: { a: 'b' } },
      { owner: 'acme', name: 'audit', files: { a: 'b' } },
    ],
    tokens: [TOKEN],
  });
  services = await createTestServices({ masks: { add: () => undefined, redact: (text) => text } });
  await writeChart(services.workingDirectory, 'shop', '1.0.0');
});

afterEach(async () => {
  process.env = { ...saved };
  expect(github.violations).toEqual([]);
  await github.close();
  await rm(services.workingDirectory, { recursive: true, force: true });
});

async function publish(inputs: Record<string, string> = {}, attempt = '1') {
  const given = {
    charts: 'shop',
    'chart-repository': pathToFileURL(path.join(services.workingDirectory, 'repository')).href,
    notify: 'acme/deployments\nacme/audit',
    token: TOKEN,
    ...inputs,
  };
  process.env = { ...saved };
  for (const [name, value] of Object.entries(given)) process.env[`INPUT_${name.toUpperCase()}`] = value;
  const read = publishChart.readInputs(createInputReader(services.masks));
  const context = readContext({ GITHUB_API_URL: github.apiUrl, GITHUB_SHA: SHA, GITHUB_RUN_ATTEMPT: attempt });
  return publishChart.run(read, { ...services, context });
}

describe('notify', () => {
  it('tells every repository what was published, under one key', async () => {
    const { outputs, annotations } = await publish();
    expect(annotations).toEqual([]);
    expect(github.dispatches).toMatchObject(
      ['acme/deployments', 'acme/audit'].map((repository) => ({
        repository,
        eventType: 'chart-published',
        clientPayload: {
          chart: {
            name: 'shop',
            version: '1.0.0',
            digest: outputs['digest'],
            url: outputs['url'],
            environment: '',
            repository: expect.stringContaining('/repository'),
            commit: SHA,
          },
        },
      })),
    );
  });

  it('tells nothing when nothing is new or was done, but again when the job is run again', async () => {
    await publish({ 'dry-run': 'true' });
    expect(github.dispatches).toHaveLength(0);
    await publish();
    expect(github.dispatches).toHaveLength(2);
    await publish();
    expect(github.dispatches).toHaveLength(2);
    expect(await publish({}, '2')).toMatchObject({ result: 'already-published' });
    expect(github.dispatches).toHaveLength(4);
  });

  it('is a warning with a remedy when it fails, for the chart is published', async () => {
    const outcome = await publish({ notify: 'acme/nowhere\nacme/audit' });
    expect(outcome).toMatchObject({ ok: true, result: 'published' });
    expect(outcome.annotations).toMatchObject([
      {
        level: 'warning',
        message: expect.stringMatching(
          /^shop 1\.0\.0 is published, but acme\/nowhere was not told: .* Re-run this job to tell it again\.$/,
        ),
      },
    ]);
    expect(outcome.summary).toContain('⚠️ shop 1.0.0 is published, but acme/nowhere was not told');
    expect(github.dispatches).toHaveLength(1);
  });
});

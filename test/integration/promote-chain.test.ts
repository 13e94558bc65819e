/** What promote-chart tells about the environments and about what changes. */
import { cpSync } from 'node:fs';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Ajv } from 'ajv';
import { packChart } from '../../src/charts/pack.js';
import type { Outcome } from '../../src/core/action.js';
import { sha256Digest } from '../../src/core/digest.js';
import type { PackedChart } from '../../src/core/packed-chart.js';
import { openStore } from '../../src/stores/open-store.js';
import { startGitHubServer } from '../support/github-server/index.js';
import { readContext } from '../../src/runtime/context.js';
import { failure, promote } from '../support/promote.js';
import { createTestServices, projectRoot, type TestServices } from '../support/services.js';

jest.setTimeout(180_000);

let services: TestServices;
let root: string;
const urlOf = (name: string) => pathToFileURL(path.join(root, name)).href;

beforeEach(async () => {
  services = await createTestServices({ masks: { add: () => undefined, redact: (text) => text } });
  root = services.workingDirectory;
});
afterEach(() => rm(root, { recursive: true, force: true }));

const CONFIG = () => `charts:
  shop: { path: charts/shop, environments: { production: { repository: '${urlOf('production')}' } } }
environments:
  develop: { branch: develop, repository: '${urlOf('develop')}' }
  staging: { promote-from: develop, repository: '${urlOf('staging')}' }
  qa: { promote-from: staging, repository: 's3://no-such-bucket/qa' }
  production: { promote-from: staging, repository: '${urlOf('elsewhere')}' }
`;

interface ShopOptions {
  readonly api?: string;
  readonly appVersion?: string;
  readonly db?: string;
  readonly more?: Readonly<Record<string, string>>;
}

/** A chart with images in its values, one that follows appVersion, and one in a subchart. */
async function shop(version: string, options: ShopOptions = {}): Promise<PackedChart> {
  const { api = '1.0.0', appVersion = '5.0.0', db = '16.1', more = {} } = options;
  const files = {
    'Chart.yaml': `apiVersion: v2\nname: shop\nversion: ${version}\nappVersion: "${appVersion}"\nannotations: { org.opencontainers.image.revision: "rev-${version}" }\ndependencies: [{ name: db, version: ${db}.0, repository: "" }]\n`,
    'values.yaml': `api: { image: { repository: ghcr.io/acme/api, tag: "${api}" } }\nweb: { image: { repository: ghcr.io/acme/web, tag: "" } }\nproxy: { image: nginx:1.27 }\n`,
    'templates/web.yaml':
      'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec:\n  containers:\n    - name: web\n      image: "{{ .Values.web.image.repository }}:{{ .Values.web.image.tag | default .Chart.AppVersion }}"\n',
    'charts/db/Chart.yaml': `apiVersion: v2\nname: db\nversion: ${db}.0\n`,
    'charts/db/values.yaml': `image: { repository: postgres, tag: "${db}" }\n`,
    ...more,
  };
  return packChart(
    Object.entries(files).map(([file, text]) => ({ path: file, data: Buffer.from(text) })),
    'shop',
  );
}

async function publish(environment: string, ...charts: readonly PackedChart[]): Promise<void> {
  const store = await openStore(urlOf(environment), {}, services);
  for (const chart of charts) await store.publish([chart], { verifyTimeoutMs: 5000 });
}

const environment = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' };
const run = (inputs: Record<string, string>): Promise<Outcome> =>
  promote({ ...services, environment: { ...services.environment, ...environment } }, { chart: 'shop', ...inputs });

async function complaints(outcome: Outcome): Promise<unknown> {
  const file = path.join(projectRoot, 'schema/promote-chart-result.schema.json');
  const check = new Ajv({ allErrors: true }).compile(JSON.parse(await readFile(file, 'utf8')) as object);
  const document = { action: 'promote-chart', result: outcome.result, ...outcome.document };
  check(JSON.parse(JSON.stringify(document)));
  return check.errors ?? [];
}

describe('the chain of environments', () => {
  beforeEach(async () => {
    await writeFile(path.join(root, 'helm-cd.yaml'), CONFIG());
    const [one, two, three, four] = await Promise.all([
      shop('1.3.0'),
      shop('1.3.1', { api: '1.1.0' }),
      shop('1.4.0', { api: '2.0.0', appVersion: '6.0.0', db: '17.0', more: { 'templates/new.yaml': '# new\n' } }),
      shop('1.5.0-rc.1'),
    ]);
    await publish('develop', one, two, three, four);
    await publish('staging', one, two, three);
    await publish('production', one);
  });

  it('shows who has what, what changes, and what is skipped over', async () => {
    const outcome = await run({ from: 'staging', to: 'production' });
    expect(outcome.result).toBe('promoted');
    const chain = outcome.document['chain'] as {
      environment: string;
      role: string;
      newest: string;
      problem?: string;
    }[];
    expect(
      chain.map(({ environment: name, role, newest, problem }) => [name, role, newest, problem !== undefined]),
    ).toEqual([
      ['develop', '', '1.5.0-rc.1', false],
      ['staging', 'from', '1.4.0', false],
      ['qa', '', '', true],
      ['production', 'to', '1.4.0', false],
    ]);
    expect(outcome.document).toMatchObject({ before: '1.3.0', skipped: ['1.3.1'], newer: [], warnings: [] });
    expect((outcome.document['changes'] as { images: unknown }).images).toEqual([
      { place: 'db.image', name: 'postgres', before: '16.1', after: '17.0' },
      { place: 'api.image', name: 'ghcr.io/acme/api', before: '1.0.0', after: '2.0.0' },
      { place: 'web.image', name: 'ghcr.io/acme/web', before: '5.0.0', after: '6.0.0' },
    ]);
    const { summary } = outcome;
    const digest = (
      await shop('1.4.0', { api: '2.0.0', appVersion: '6.0.0', db: '17.0', more: { 'templates/new.yaml': '# new\n' } })
    ).digest;
    expect(summary).toContain('### ✅ Promoted shop 1.4.0 from staging to production');
    expect(summary).toContain(`Digest of the archive, the same at both ends: \`${digest}\`.`);
    const row = (name: string) => summary.split('\n').find((line) => line.startsWith(`| **${name}**`)) ?? '';
    expect(row('develop')).toContain('| 1.5.0-rc.1 |');
    expect(row('develop')).toContain('✅ same bytes (1 version ahead) |');
    expect(row('staging')).toContain(`\`${digest.slice(0, 19)}…\` | ✅ same bytes |`);
    expect(row('qa')).toContain('❓ not readable: ');
    expect(row('production')).toContain(`\`${digest.slice(0, 19)}…\` | ✅ same bytes |`);
    expect(summary).toContain('#### What changes in production: 1.3.0 → 1.4.0');
    expect(summary).toContain('| `ghcr.io/acme/api` | `1.0.0` | `2.0.0` | `api.image` |');
    expect(summary).toContain('1 other image without a change.');
    expect(summary).toContain('| dependency | `db` | `16.1.0` | `17.0.0` |');
    expect(summary).toContain('| Chart.yaml | `org.opencontainers.image.revision` | `rev-1.3.0` | `rev-1.4.0` |');
    expect(summary).toContain('- added `templates/new.yaml`');
    expect(summary).toContain('- Skipped over: `1.3.1`.');
    expect(await complaints(outcome)).toEqual([]);
  });

  it('takes a constraint; an older version is promoted, and that is said', async () => {
    expect((await run({ from: 'develop', to: 'staging', version: '^1.3' })).document).toMatchObject({
      to: { version: '1.4.0' },
    });
    await run({ from: 'staging', to: 'production' });
    const outcome = await run({ from: 'staging', to: 'production', version: '1.3.1' });
    const warning =
      '1.3.1 is older than 1.4.0, the newest version in production: whoever takes the newest from there does not get it, only who names the version.';
    expect(outcome).toMatchObject({
      result: 'promoted',
      document: { warnings: [warning], newer: ['1.4.0'] },
      annotations: [{ level: 'warning', message: warning }],
    });
    expect(outcome.summary).toContain('> ⚠️ 1.3.1 is older than 1.4.0');
    expect(outcome.summary).toContain('✅ same bytes (1 version ahead)');
    expect(await complaints(outcome)).toEqual([]);
  });

  it('a plan says what would come, and writes nothing', async () => {
    const before = await readdir(path.join(root, 'production'));
    const outcome = await run({ from: 'staging', to: 'production', 'dry-run': 'true' });
    expect(outcome.result).toBe('planned');
    expect(outcome.summary).toContain('### 📋 Plan: promote shop 1.4.0 from staging to production');
    expect(outcome.summary).toMatch(/\*\*production\*\*.*\| 1\.3\.0 \|.*\| 📋 gets 1\.4\.0 \|/);
    expect(outcome.summary).toContain('#### What changes in production: 1.3.0 → 1.4.0');
    expect(await readdir(path.join(root, 'production'))).toEqual(before);
    expect(await complaints(outcome)).toEqual([]);
  });

  it('the first version is told as such', async () => {
    await rm(path.join(root, 'production'), { recursive: true });
    const outcome = await run({ from: 'staging', to: 'production', version: '1.3.0' });
    expect(outcome.summary).toContain('#### What production gets: its first version');
    expect(outcome.summary).toContain('| `nginx` | `1.27` | `proxy.image` |');
    expect(outcome.summary).toContain('- Newer in staging, not promoted: `1.4.0`, `1.3.1`.');
    expect(await complaints(outcome)).toEqual([]);
  });

  it('without helm-cd.yaml there are the two ends', async () => {
    await rm(path.join(root, 'helm-cd.yaml'));
    const outcome = await run({ from: urlOf('staging'), to: urlOf('production') });
    expect((outcome.document['chain'] as { role: string }[]).map(({ role }) => role)).toEqual(['from', 'to']);
    expect(await complaints(outcome)).toEqual([]);
  });

  it('an environment that has other bytes is seen', async () => {
    const odd = await shop('1.4.0', { more: { 'values.schema.json': '{}' } });
    await rm(path.join(root, 'develop'), { recursive: true });
    await publish('develop', odd);
    const outcome = await run({ from: 'staging', to: 'production' });
    expect(outcome.summary).toMatch(/\*\*develop\*\*.*❌ other bytes: /);
  });

  it('what cannot be compared is promoted all the same', async () => {
    await writeFile(path.join(root, 'production/shop-1.3.0.tgz'), 'damaged');
    const outcome = await run({ from: 'staging', to: 'production' });
    expect(outcome).toMatchObject({ result: 'promoted', document: { changes: null } });
    expect(outcome.summary).toContain('It cannot be compared with 1.3.0: ');
    expect(await complaints(outcome)).toEqual([]);
  });
});

describe('promote-chart refuses', () => {
  const inputs = () => ({ from: urlOf('a'), to: urlOf('b') });

  it('an archive that is not what the index says', async () => {
    const chart = await shop('1.0.0');
    await publish('a', chart);
    await writeFile(path.join(root, 'a/shop-1.0.0.tgz'), (await shop('1.0.0', { api: '9' })).bytes);
    expect(await failure(run(inputs()))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`but the index says ${chart.digest}`),
    });
    expect(await readdir(root)).not.toContain('b');
  });

  it('a provenance file that vouches for something else', async () => {
    await publish('a', await shop('1.0.0'));
    await writeFile(
      path.join(root, 'a/shop-1.0.0.tgz.prov'),
      `x\n...\nfiles:\n  shop-1.0.0.tgz: sha256:${'0'.repeat(64)}\n`,
    );
    expect(await failure(run(inputs()))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`vouches for sha256:${'0'.repeat(64)}`),
    });
    expect(await readdir(root)).not.toContain('b');
  });

  it('a version that differs from one at the target in build metadata only', async () => {
    await publish('a', await shop('1.0.0+b'));
    await publish('b', await shop('1.0.0+a'));
    expect(await failure(run(inputs()))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('differ only in build metadata'),
    });
  });

  it('a source that is overwritten while it is promoted: the digests are compared at the end', async () => {
    const [chart, other] = [await shop('1.0.0'), await shop('1.0.0', { api: '9' })];
    await publish('a', chart);
    await publish('c', other);
    const info = (line: string) => {
      // Between the publication and the last look at both ends.
      if (line.includes('fetched back')) cpSync(path.join(root, 'c'), path.join(root, 'a'), { recursive: true });
    };
    const own = { ...services, log: { ...services.log, info } };
    const error = await failure(promote(own, { chart: 'shop', ...inputs() }));
    expect(error).toMatchObject({
      code: 'conflict',
      message: `shop 1.0.0 was promoted with the digest ${chart.digest}, but ${urlOf('a')} has it with ${other.digest} now.`,
    });
  });

  it.each([
    ['from-username', { 'from-username': 'x' }, 'Input "from-username" is given without "from-password".'],
    ['from-password', { 'from-password': 'x' }, 'Input "from-password" is given without "from-username".'],
    ['from-endpoint-url', { 'from-endpoint-url': 'x' }, 'Input "from-endpoint-url" is no http(s) URL: "x"'],
    [
      'a login for a folder',
      { username: 'x', password: 'y' },
      'The inputs "username" and "password" have no meaning for either repository.',
    ],
    ['notify without a token', { notify: 'acme/x' }, 'Input "notify" needs "token".'],
    ['notify of nothing', { notify: 'acme', token: 'x' }, 'Input "notify" names no GitHub repository: "acme"'],
  ])('%s', async (_, more, message) => {
    expect(await failure(run({ ...inputs(), ...more }))).toMatchObject({ code: 'input', message });
  });
});

describe('notify', () => {
  const TOKEN = 'ghs_0123456789abcdefghijABCDEFGHIJ012345';

  it('tells of what is new in the environment, and not again', async () => {
    const github = await startGitHubServer({
      repositories: [{ owner: 'acme', name: 'deployments', files: { a: 'b' } }],
      tokens: [TOKEN],
    });
    try {
      await writeFile(path.join(root, 'helm-cd.yaml'), CONFIG());
      const chart = await shop('1.0.0');
      await publish('staging', chart);
      const context = readContext({ GITHUB_API_URL: github.apiUrl, GITHUB_SHA: 'c0ffee' });
      const inputs = { chart: 'shop', from: 'staging', to: 'production', notify: 'acme/deployments', token: TOKEN };
      const plan = await promote({ ...services, context }, { ...inputs, 'dry-run': 'true' });
      expect(plan.result).toBe('planned');
      expect(github.dispatches).toEqual([]);
      for (const result of ['promoted', 'already-published']) {
        expect((await promote({ ...services, context }, inputs)).result).toBe(result);
      }
      expect(github.dispatches).toMatchObject([
        {
          eventType: 'chart-published',
          clientPayload: {
            chart: {
              name: 'shop',
              version: '1.0.0',
              digest: sha256Digest(chart.bytes),
              environment: 'production',
              commit: 'c0ffee',
            },
          },
        },
      ]);
      expect(github.violations).toEqual([]);
      const elsewhere = await promote({ ...services, context }, { ...inputs, to: urlOf('b'), notify: 'acme/none' });
      expect(elsewhere.result).toBe('promoted');
      expect(elsewhere.document['warnings']).toEqual([
        expect.stringContaining('shop 1.0.0 is published, but acme/none was not told: '),
      ]);
    } finally {
      await github.close();
    }
  });
});

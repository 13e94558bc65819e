import { mkdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openStore } from '../../../src/stores/open-store.js';
import { compileSources, runActionProcess, type ActionResult, type CompiledSources } from '../../support/compiled.js';
import { createTestServices, projectRoot, type TestServices } from '../../support/services.js';
import { age, changeIndex, filesIn, holdingsOf, publishAll } from '../../support/upkeep.js';

jest.setTimeout(120_000);

const DAY = 86_400_000;

let sources: CompiledSources;
let services: TestServices;
let work: string;
let folder: string;
let url: string;

beforeAll(async () => {
  sources = await compileSources();
});

afterAll(() => sources.remove());

beforeEach(async () => {
  services = await createTestServices();
  work = path.join(services.workingDirectory, 'work');
  folder = path.join(services.workingDirectory, 'repository');
  url = pathToFileURL(folder).href;
  await mkdir(work);
});

afterEach(() => rm(services.workingDirectory, { recursive: true, force: true }));

/** Versions with their ages in days: `shop 1.0.0` → 400. */
async function publishWithAges(where: string, ages: Readonly<Record<string, number>>): Promise<void> {
  await publishAll(await openStore(pathToFileURL(where).href, {}, services), ...Object.keys(ages));
  await changeIndex(where, (text) =>
    text.replace(
      /("name":"([^"]+)",.*?"version":"([^"]+)".*"created":")[^"]+/g,
      (_, head: string, name: string, version: string) => {
        const days = ages[`${name} ${version}`] ?? 0;
        return head + new Date(Date.now() - days * DAY).toISOString();
      },
    ),
  );
}

const action = (inputs: Record<string, string>, env: Record<string, string> = {}): Promise<ActionResult> =>
  runActionProcess(sources, 'publish-chart', { 'chart-repository': url, ...inputs }, work, env);
const prune = (inputs: Record<string, string>, env: Record<string, string> = {}) =>
  action({ mode: 'prune', ...inputs }, env);
const fsck = (inputs: Record<string, string> = {}) => action({ mode: 'fsck', ...inputs });

interface Document {
  readonly versions: readonly { readonly version: string; readonly result: string; readonly reason: string }[];
  readonly findings: readonly { readonly code: string; readonly state: string }[];
  readonly freedBytes: number;
}

async function documentOf({ outputs }: ActionResult): Promise<Document> {
  return JSON.parse(await readFile(outputs['result-file'] ?? '', 'utf8')) as Document;
}

const shop = async () => holdingsOf(await openStore(url, {}, services));

describe('mode prune', () => {
  const AGES = { 'shop 2.0.0': 3, 'shop 1.2.0': 40, 'shop 1.1.0': 80, 'shop 1.0.0': 400, 'api 0.1.0': 900 };

  it('plans by default, does what was planned with dry-run: false, and has nothing to do then', async () => {
    await publishWithAges(folder, AGES);
    const before = await filesIn(folder);
    const rules = { 'keep-count': '2', 'keep-age': '60d', keep: 'shop@1.0.0' };
    const planned = await prune(rules);
    expect(planned).toMatchObject({ code: 0, outputs: { result: 'planned' } });
    expect(planned.summary).toContain('### 📋 Plan: 1 version would be removed');
    expect(planned.summary).toContain('Nothing was removed. With `dry-run: false` it is.');
    expect(JSON.parse(planned.outputs['charts'] ?? '')).toMatchObject([
      { name: 'shop', version: '1.1.0', result: 'planned', repository: url, url: `${url}/shop-1.1.0.tgz` },
    ]);
    expect((await documentOf(planned)).versions.map(({ version, reason }) => `${version}: ${reason}`)).toEqual([
      '0.1.0: it is the newest release',
      '2.0.0: it is the newest release',
      '1.2.0: one of the 2 newest releases',
      '1.1.0: 2 newer releases, published 80 days ago',
      '1.0.0: keep names it: shop@1.0.0',
    ]);
    expect(await filesIn(folder)).toEqual(before);

    const pruned = await prune({ ...rules, 'dry-run': 'false' });
    expect(pruned).toMatchObject({ code: 0, outputs: { result: 'pruned' } });
    expect(pruned.summary).toMatch(/^### 🧹 Removed 1 version, \d+ bytes$/m);
    expect((await documentOf(pruned)).freedBytes).toBeGreaterThan(300);
    expect(await shop()).toEqual(['2.0.0', '1.2.0', '1.0.0']);
    expect(await filesIn(folder)).toEqual(before.filter((name) => name !== 'shop-1.1.0.tgz'));

    const again = await prune({ ...rules, 'dry-run': 'false' });
    expect(again).toMatchObject({ code: 0, outputs: { result: 'unchanged', charts: '[]' } });
    expect(again.summary).toContain('### ☑️ Nothing is beyond its retention');
  });

  it('takes the rules and the charts of helm-cd.yaml, and the inputs before them', async () => {
    await publishWithAges(folder, { ...AGES, 'other 1.0.0': 900, 'other 1.1.0': 800 });
    const config = `charts:
  shop: { path: charts/shop }
  api: { path: charts/api, environments: { develop: { retention: { keep: ['*'] } } } }
environments:
  develop:
    branch: main
    repository: ${url}
    retention: { count: 3, age: 30d }
  production:
    promote-from: develop
    repository: ${url}-production
`;
    await writeFile(path.join(work, 'helm-cd.yaml'), config);
    const ofEnvironment = { 'chart-repository': '', environment: 'develop', 'dry-run': 'false' };
    const pruned = await prune(ofEnvironment);
    expect(pruned.outputs['result']).toBe('pruned');
    expect(JSON.parse(pruned.outputs['charts'] ?? '')).toMatchObject([{ version: '1.0.0', environment: 'develop' }]);
    expect(await shop()).toEqual(['2.0.0', '1.2.0', '1.1.0']);
    // Only one day counts now; what else is in the repository is somebody else's.
    await prune({ ...ofEnvironment, 'keep-count': '1' });
    expect(await shop()).toEqual(['2.0.0']);
    expect(await filesIn(folder)).toEqual(expect.arrayContaining(['other-1.0.0.tgz', 'other-1.1.0.tgz']));
    const none = await prune({ ...ofEnvironment, environment: 'production' });
    expect(none).toMatchObject({ code: 1 });
    expect(none.log).toContain('Nothing says which versions may go.');
  });

  it('refuses two environments in one repository that want different versions kept', async () => {
    await publishWithAges(folder, AGES);
    const environment = (name: string, count: number) =>
      `  ${name}: { branch: ${name}, repository: '${url}', retention: { count: ${count} } }\n`;
    await writeFile(path.join(work, 'helm-cd.yaml'), `environments:\n${environment('a', 1)}${environment('b', 2)}`);
    const refused = await prune({ 'chart-repository': '', environment: 'a' });
    expect(refused.code).toBe(1);
    expect(refused.log).toContain(
      `The environments a and b share the chart repository ${url}, but not their retention.`,
    );
  });

  it.each<[Record<string, string>, string]>([
    [{}, 'Nothing says which versions may go.'],
    [{ keep: '1.0.0' }, 'Nothing says which versions may go.'],
    [{ 'keep-count': 'ten' }, 'Input "keep-count" is no number of versions: "ten"'],
    [{ 'keep-count': '-1' }, 'Input "keep-count" is no number of versions: "-1"'],
    [{ 'keep-age': '90' }, 'Input "keep-age" is no age: "90"'],
    [{ 'keep-count': '1', keep: 'newest' }, 'Input "keep" says neither a version nor a constraint: "newest"'],
    [{ 'keep-count': '1', charts: 'shp' }, 'there is no chart "shp" in the repository, did you mean "shop"?'],
    [{ 'keep-count': '1', 'dry-run': 'no' }, 'Input "dry-run" is neither true nor false: "no"'],
    [{ 'keep-count': '1', mode: 'publish' }, 'have no meaning with mode: publish.'],
    [{ 'keep-count': '1', repair: 'true' }, 'Input "repair" has no meaning with mode: prune.'],
  ])('fails with %j, and touches nothing', async (inputs, message) => {
    await publishWithAges(folder, AGES);
    const before = await readFile(path.join(folder, 'index.yaml'), 'utf8');
    const failed = await prune({ 'dry-run': 'false', ...inputs });
    expect(failed.code).toBe(1);
    expect(failed.log).toContain(message);
    expect(await readFile(path.join(folder, 'index.yaml'), 'utf8')).toBe(before);
  });

  it('warns of a version in keep that is nowhere', async () => {
    await publishWithAges(folder, AGES);
    const planned = await prune({ 'keep-count': '1', charts: 'sh*', keep: '1.0.1\n1.0.0' });
    expect(planned.log).toContain('keep names "1.0.1", but there is no such version.');
    expect(planned.summary).toContain('⚠️ keep names "1.0.1"');
    expect(planned.log).not.toContain('"1.0.0", but');
  });

  it('warns when next to nothing of a chart would stay, and tells each version in the log', async () => {
    const minors = Array.from({ length: 12 }, (_, minor) => [`shop 1.${minor}.0`, 12 - minor] as const);
    await publishWithAges(folder, Object.fromEntries(minors));
    const planned = await prune({ 'keep-count': '1' });
    expect(planned.summary).toContain('⚠️ Of 12 versions of shop only 1 stay.');
    expect(planned.log).toContain('shop 1.0.0: 11 newer releases');
    expect((await prune({ 'keep-count': '3' })).summary).not.toContain('⚠️');
  });

  it('may be killed anywhere: what stays is sound, and the next run completes it', async () => {
    const kill = ['--import', path.join(projectRoot, 'test/support/kill-at-step.mjs')].join(' ');
    const rules = { 'keep-count': '1', 'dry-run': 'false' };
    let next = 1;
    let done = false;
    const worker = async () => {
      while (!done) {
        const n = next++;
        const place = path.join(services.workingDirectory, `place-${n}`);
        const repository = { ...rules, 'chart-repository': pathToFileURL(place).href };
        await publishWithAges(place, { 'shop 2.0.0': 1, 'shop 1.0.0': 1 });
        const store = await openStore(pathToFileURL(place).href, {}, services);
        const env = {
          NODE_OPTIONS: kill,
          KILL_AT: String(n),
          KILL_BELOW: place,
          KILL_NOTE: path.join(work, `note-${n}`),
        };
        const killed = await prune(repository, env);
        if (killed.signal === null) done = true;
        else expect(killed.signal).toBe('SIGKILL');
        for (const chart of await store.versions('shop')) expect(await store.fetch(chart)).toBeDefined();
        const left = (await filesIn(place)).filter((name) => name === 'shop-1.0.0.tgz');
        await age(place, ...left);
        const outcome = await prune(repository);
        expect(outcome).toMatchObject({ code: 0 });
        expect(await filesIn(place)).toEqual(['index.yaml', 'shop-2.0.0.tgz']);
        expect(await holdingsOf(store)).toEqual(['2.0.0']);
        expect(n).toBeLessThan(30);
      }
    };
    await Promise.all([worker(), worker()]);
    expect(next).toBeGreaterThan(5);
  });
});

describe('mode fsck', () => {
  it('is green for a sound repository', async () => {
    await publishWithAges(folder, { 'shop 1.0.0': 1, 'shop 1.1.0': 0 });
    const checked = await fsck();
    expect(checked).toMatchObject({ code: 0, outputs: { result: 'sound' } });
    expect(checked.summary).toMatch(/### ✅ Sound\n\n`file:.*`: 1 chart, 2 versions, 2 archives read/);
  });

  it('fails for a broken one, and mends it when asked to', async () => {
    await publishWithAges(folder, { 'shop 1.0.0': 1, 'shop 1.1.0': 0, 'api 1.0.0': 0 });
    await unlink(path.join(folder, 'shop-1.0.0.tgz'));
    const broken = await fsck();
    expect(broken).toMatchObject({ code: 1, outputs: { result: 'broken' } });
    expect(broken.log).toContain('dangling-entry: The index has shop 1.0.0, but shop-1.0.0.tgz is not there.');
    expect(broken.log).toContain(
      '1 thing is wrong with the chart repository. With repair: true some of it can be mended.',
    );
    expect(broken.summary).toContain('### ❌ Broken: 1 error');

    const planned = await fsck({ repair: 'true', 'dry-run': 'true' });
    expect(planned).toMatchObject({ code: 1, outputs: { result: 'broken' } });
    expect((await shop()).length).toBe(2);

    const repaired = await fsck({ repair: 'true' });
    expect(repaired).toMatchObject({ code: 0, outputs: { result: 'repaired' } });
    expect(repaired.summary).toContain('🔧 mended');
    expect((await documentOf(repaired)).findings).toMatchObject([{ code: 'dangling-entry', state: 'mended' }]);
    expect(await fsck({ repair: 'true' })).toMatchObject({ code: 0, outputs: { result: 'sound' } });
    expect(await shop()).toEqual(['1.1.0']);
  });

  it('looks at the charts that are named only', async () => {
    await publishWithAges(folder, { 'shop 1.0.0': 1, 'api 1.0.0': 0 });
    await unlink(path.join(folder, 'shop-1.0.0.tgz'));
    expect(await fsck({ charts: 'api' })).toMatchObject({ code: 0, outputs: { result: 'sound' } });
    const unknown = await fsck({ charts: 'charts/shop' });
    expect(unknown.code).toBe(1);
    expect(unknown.log).toContain('there is no chart "charts/shop" in the repository');
  });

  it('stays broken with what nobody can mend', async () => {
    await publishWithAges(folder, { 'shop 1.0.0': 1 });
    await writeFile(path.join(folder, 'shop-1.0.0.tgz'), 'tampered with');
    const broken = await fsck({ repair: 'true' });
    expect(broken).toMatchObject({ code: 1, outputs: { result: 'broken' } });
    expect(broken.summary).toContain('for a person to decide');
    expect(broken.log).not.toContain('With repair: true');
  });
});

import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sha256Digest, sha256Hex } from '../../../src/core/digest.js';
import { startRegistry, stopRegistry } from '../../../tools/registry.mjs';
import { compileSources, runActionProcess, type ActionResult, type CompiledSources } from '../../support/compiled.js';
import { writeChart, writeFiles } from '../../support/packed-charts.js';
import { temporaryFolder, toolchainBin } from '../../support/services.js';

jest.setTimeout(120_000);
const run = promisify(execFile);

let sources: CompiledSources;
let work: string;
let folder: string;
let url: string;

beforeAll(async () => {
  sources = await compileSources();
});

afterAll(() => sources.remove());

beforeEach(async () => {
  work = await temporaryFolder();
  folder = path.join(work, 'repository');
  url = pathToFileURL(folder).href;
  await mkdir(folder);
  await writeChart(path.join(work, 'charts'), 'shop', '1.2.3', 'hello');
});

afterEach(() => rm(work, { recursive: true, force: true }));

function action(inputs: Record<string, string>, env: Record<string, string> = {}): Promise<ActionResult> {
  const all = { charts: 'charts/*', 'chart-repository': url, ...inputs };
  return runActionProcess(sources, 'publish-chart', all, work, {
    PATH: `${toolchainBin}:${process.env['PATH'] ?? ''}`,
    ...env,
  });
}

const verify = (inputs: Record<string, string> = {}, env: Record<string, string> = {}) =>
  action({ mode: 'verify', ...inputs }, env);

/** Every file there is with a hash of its content. */
async function contentOf(parent: string): Promise<Record<string, string>> {
  const entries = await readdir(parent, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.sort().map(async (file) => [file, sha256Hex(await readFile(file))] as const)),
  );
}

async function documentOf(result: ActionResult) {
  return JSON.parse(await readFile(result.outputs['result-file'] ?? '', 'utf8')) as Record<string, unknown>;
}

describe('mode verify', () => {
  it('finds what publishing the same commit gave, and writes nothing', async () => {
    const published = await action({});
    expect(published).toMatchObject({ code: 0, outputs: { result: 'published' } });
    const before = { ...(await contentOf(folder)), ...(await contentOf(path.join(work, 'charts'))) };

    const result = await verify();
    const digest = published.outputs['digest'] ?? '';
    expect(result).toMatchObject({
      code: 0,
      outputs: { result: 'verified', name: 'shop', version: '1.2.3', digest, url: published.outputs['url'] },
    });
    expect(result.summary).toContain('### ✅ Published as this commit gives it: shop 1.2.3');
    expect(result.log).toContain(`shop 1.2.3 in ${url} is what this commit gives: ${digest}.`);
    expect(JSON.parse(result.outputs['charts'] ?? '')).toMatchObject([{ name: 'shop', result: 'verified', digest }]);
    expect({ ...(await contentOf(folder)), ...(await contentOf(path.join(work, 'charts'))) }).toEqual(before);
  });

  it('names the files of a chart that is not what the commit gives', async () => {
    await writeFiles(path.join(work, 'charts/shop'), { 'files/old.txt': 'old' });
    const published = await action({});
    await rm(path.join(work, 'charts/shop/files/old.txt'));
    await writeFiles(path.join(work, 'charts/shop'), { 'files/new.txt': 'new!', 'values.yaml': 'text: other\n' });

    const result = await verify();
    expect(result).toMatchObject({ code: 1, outputs: { result: 'different' } });
    const { digest = '' } = result.outputs;
    expect(digest).not.toBe(published.outputs['digest']);
    expect(result.log).toContain(
      `shop 1.2.3 in ${url} is not what this commit gives: 3 files differ (files/new.txt, files/old.txt, values.yaml); published is ${published.outputs['digest'] ?? ''}, this commit gives ${digest}.`,
    );
    expect(result.summary).toContain('### ❌ Not what this commit gives: shop 1.2.3');
    expect(result.summary).toContain('| `files/new.txt` | only in this commit |  | 4 |');
    expect(result.summary).toContain('| `files/old.txt` | only in what is published | 3 |  |');
    expect(result.summary).toContain('| `values.yaml` | changed | 14 | 12 |');
    expect(await documentOf(result)).toMatchObject({
      result: 'different',
      charts: [
        {
          state: 'different',
          publishedDigest: published.outputs['digest'],
          comparison: { packedByHelm: false, archive: [], files: [{ state: 'added' }, { state: 'removed' }, {}] },
        },
      ],
    });
  });

  it.each(['helm', 'helm3'])('says so when the same content was packed by %s package', async (helm) => {
    await writeFiles(path.join(work, 'charts/shop'), {
      'Chart.yaml':
        '# ours\nname: shop\napiVersion: v2\nversion: 1.2.3\nx-unknown: 1\ndependencies:\n- name: lib\n  version: 0.1.0\n  repository: file://../../lib\n',
    });
    await writeChart(work, 'lib', '0.1.0');
    await run(path.join(toolchainBin, helm), ['dependency', 'build', path.join(work, 'charts/shop')]);
    await run(path.join(toolchainBin, helm), ['package', path.join(work, 'charts/shop'), '-d', folder]);
    await run(path.join(toolchainBin, helm), ['repo', 'index', folder]);

    const result = await verify();
    expect(result).toMatchObject({ code: 1, outputs: { result: 'different' } });
    expect(result.log).toContain(
      `shop 1.2.3 in ${url} holds what this commit gives, but was packed by helm package, not by helm-cd, so that its bytes are others: published is sha256:`,
    );
    expect(result.summary).toContain('every file says the same, the archive’s bytes are others.');
    expect(result.summary).toContain('It was packed by `helm package`');
    expect(result.summary).toMatch(/The same in other words: .*`Chart\.yaml`/);
    expect(await documentOf(result)).toMatchObject({ charts: [{ comparison: { packedByHelm: true, files: [] } }] });
  });

  it('tells other times and another compression apart from other content', async () => {
    await action({}, { SOURCE_DATE_EPOCH: '1700000000' });
    const other = await verify();
    expect(other).toMatchObject({ code: 1, outputs: { result: 'different' } });
    expect(other.summary).toContain(
      'What differs: the times of the files (2023-11-14T22:13:20Z; 1980-01-01T00:00:00Z).',
    );
    expect(await verify({}, { SOURCE_DATE_EPOCH: '1700000000' })).toMatchObject({ outputs: { result: 'verified' } });

    const file = path.join(folder, 'shop-1.2.3.tgz');
    const packed = gzipSync(gunzipSync(await readFile(file)), { level: 1 });
    const index = await readFile(path.join(folder, 'index.yaml'), 'utf8');
    await writeFile(file, packed);
    await writeFile(path.join(folder, 'index.yaml'), index.replace(/[0-9a-f]{64}/, sha256Hex(packed)));
    const compressed = await verify({}, { SOURCE_DATE_EPOCH: '1700000000' });
    expect(compressed.log).toContain('holds what this commit gives, but was packed otherwise');
    expect(compressed.summary).toContain('What differs: the compression.');
  });

  it('fails for what is not published, naming what is', async () => {
    expect(await verify()).toMatchObject({
      code: 1,
      outputs: { result: 'not-found' },
      log: expect.stringContaining(`shop 1.2.3 is not in ${url}; no version of it is.`) as unknown,
    });
    await action({ version: '1.2.4+build.1' });
    await action({ version: '1.2.2' });
    const result = await verify({ version: '1.2.4' });
    expect(result).toMatchObject({ code: 1, outputs: { result: 'not-found', version: '1.2.4' } });
    expect(result.log).toContain(`shop 1.2.4 is not in ${url}; newest there: 1.2.4+build.1, 1.2.2.`);
    expect(result.summary).toContain('### ❌ Not published: shop 1.2.4');
    expect(await readdir(folder)).not.toContain('shop-1.2.4.tgz');
  });

  it('looks at every chart, also where an environment is fed by promotion', async () => {
    await writeChart(path.join(work, 'charts'), 'api', '0.1.0');
    await writeFile(
      path.join(work, 'helm-cd.yaml'),
      `charts:\n  shop: { path: charts/shop }\n  api: { path: charts/api }\nenvironments:\n  develop: { branch: develop, repository: '${url}' }\n  production: { promote-from: develop, repository: '${url}/production' }\n`,
    );
    const own = { charts: '', 'chart-repository': '' };
    expect(await action({ ...own, environment: 'develop' })).toMatchObject({ outputs: { result: 'published' } });
    expect(await verify({ ...own, environment: 'develop' })).toMatchObject({ outputs: { result: 'verified' } });
    await mkdir(path.join(folder, 'production'));
    for (const file of ['index.yaml', 'shop-1.2.3.tgz', 'api-0.1.0.tgz']) {
      await copyFile(path.join(folder, file), path.join(folder, 'production', file));
    }
    await writeFiles(path.join(work, 'charts/api'), { 'values.yaml': 'text: changed\n' });
    const result = await verify({ ...own, environment: 'production' });
    expect(result).toMatchObject({ code: 1, outputs: { result: 'different' } });
    expect(result.log).toContain(`shop 1.2.3 in ${url}/production is what this commit gives`);
    expect(result.log).toContain(
      `api 0.1.0 in ${url}/production is not what this commit gives: 1 file differs (values.yaml)`,
    );
    expect(result.summary).toContain('### ❌ Not what this commit gives: api 0.1.0');
  });

  it('does not trust the index: an archive that was changed later is an error', async () => {
    const published = await action({});
    await writeFile(path.join(folder, 'shop-1.2.3.tgz'), 'something else');
    const result = await verify();
    expect(result).toMatchObject({ code: 1 });
    expect(result.log).toContain(
      `${url}/shop-1.2.3.tgz has the digest ${sha256Digest('something else')}, but the index says ${published.outputs['digest'] ?? ''}.`,
    );
  });

  it('reads a registry, too', async () => {
    const name = `verify-${process.pid}`;
    const registry = await startRegistry({ name });
    try {
      const repository = { 'chart-repository': `oci://${registry.host}/charts` };
      expect(await verify(repository)).toMatchObject({ code: 1, outputs: { result: 'not-found' } });
      await action(repository);
      expect(await verify(repository)).toMatchObject({ code: 0, outputs: { result: 'verified' } });
      await writeFiles(path.join(work, 'charts/shop'), { 'values.yaml': 'text: changed\n' });
      expect(await verify(repository)).toMatchObject({ code: 1, outputs: { result: 'different' } });
    } finally {
      await stopRegistry({ name });
    }
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { edit, webChart, writeFiles } from '../support/charts.js';
import { temporaryFolder } from '../support/services.js';
import { validate } from '../support/validate.js';
import { readContext } from '../../src/runtime/context.js';

let folder: string;
const chart = (file: string) => path.join(folder, 'charts/web', file);
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder },
  }).trim();
const commit = (message: string) => {
  git('add', '-A');
  git('commit', '-qm', message);
  return git('rev-parse', 'HEAD');
};

beforeEach(async () => {
  folder = await temporaryFolder();
  git('init', '-q', '-b', 'main');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('version-increment', () => {
  const config =
    'charts:\n  web: { path: charts/web }\nenvironments:\n  develop: { branch: develop, repository: file:///tmp/none }\n';
  const stale = (file: string) =>
    `charts/web/Chart.yaml:4 error version-increment the chart changed since main (${file}), but its version is still 0.1.0`;

  beforeEach(async () => {
    await writeFiles(folder, { 'helm-cd.yaml': config });
    await writeFiles(path.join(folder, 'charts/web'), { ...webChart(), '.helmignore': 'docs/\n*.md\n' });
    commit('first');
    git('switch', '-qc', 'change');
  });

  it('is an error when the chart changed without one', async () => {
    await edit(chart('values.yaml'), 'replicas: 1', 'replicas: 2');
    expect((await validate(folder, { base: 'main', versionIncrement: 'error' })).lines).toEqual([
      stale('charts/web/values.yaml'),
    ]);
    commit('change');
    const result = await validate(folder, { base: 'main', versionIncrement: 'error' });
    expect(result.lines).toEqual([stale('charts/web/values.yaml')]);
    expect(result.summary).toContain('Raise version in Chart.yaml: 0.1.1 or more.');
  });

  it('can be a warning, and off', async () => {
    await edit(chart('values.yaml'), 'replicas: 1', 'replicas: 2');
    const warned = await validate(folder, { base: 'main', versionIncrement: 'warn' });
    expect(warned.ok).toBe(true);
    expect(warned.outputs['warnings']).toBe('1');
    expect((await validate(folder, { base: 'main', versionIncrement: 'off' })).lines).toEqual([]);
  });

  it('is content with a higher version, and not with a lower one', async () => {
    await edit(chart('values.yaml'), 'replicas: 1', 'replicas: 2');
    await edit(chart('Chart.yaml'), '0.1.0', '0.2.0-rc.1');
    expect((await validate(folder, { base: 'main', versionIncrement: 'error' })).lines).toEqual([]);
    await edit(chart('Chart.yaml'), '0.2.0-rc.1', '0.0.9');
    expect((await validate(folder, { base: 'main', versionIncrement: 'error' })).lines).toEqual([
      'charts/web/Chart.yaml:4 error version-increment the version goes down from 0.1.0 (main) to 0.0.9',
    ]);
  });

  it('does not mind files that are not packaged, other folders, or what only the base changed', async () => {
    await writeFiles(path.join(folder, 'charts/web'), { 'docs/guide.txt': 'x', 'README.md': 'x' });
    await writeFiles(folder, { 'other/file.txt': 'x' });
    commit('docs');
    git('switch', '-q', 'main');
    await edit(chart('values.yaml'), 'replicas: 1', 'replicas: 2');
    await edit(chart('Chart.yaml'), '0.1.0', '0.1.1');
    commit('elsewhere');
    git('switch', '-q', 'change');
    expect((await validate(folder, { base: 'main', versionIncrement: 'error' })).lines).toEqual([]);
  });

  it('sees that a local dependency changed', async () => {
    await writeFiles(path.join(folder, 'charts/lib'), {
      'Chart.yaml': 'apiVersion: v2\nname: lib\ntype: library\nversion: 1.0.0\n',
      'templates/_a.tpl': '{{- define "a" }}x{{ end }}\n',
    });
    await edit(
      chart('Chart.yaml'),
      'icon:',
      'dependencies:\n  - name: lib\n    version: 1.0.0\n    repository: file://../lib\nicon:',
    );
    const base = commit('lib');
    await writeFile(path.join(folder, 'charts/lib/templates/_a.tpl'), '{{- define "a" }}y{{ end }}\n');
    const { lines } = await validate(folder, { base, versionIncrement: 'error' });
    expect(lines).toEqual([
      `charts/web/Chart.yaml:4 error version-increment the chart changed since ${base} (charts/lib/templates/_a.tpl), but its version is still 0.1.0`,
    ]);
  });

  it('is on for pull requests, against their base', async () => {
    git('update-ref', 'refs/remotes/origin/main', 'main');
    await edit(chart('values.yaml'), 'replicas: 1', 'replicas: 2');
    const context = readContext({ GITHUB_EVENT_NAME: 'pull_request', GITHUB_BASE_REF: 'main' });
    const { lines } = await validate(folder, {}, { context });
    expect(lines).toEqual([stale('charts/web/values.yaml').replace('main', 'origin/main')]);
  });

  it('says what it could not see when the base is not in the checkout', async () => {
    const context = readContext({ GITHUB_EVENT_NAME: 'pull_request', GITHUB_BASE_REF: 'gone' });
    const { lines, summary } = await validate(folder, {}, { context });
    expect(lines).toEqual([]);
    expect(summary).toContain('whether changed charts have a new version: origin/gone is not in the checkout');
    // Neither base nor chart repositories.
    const bare = { charts: ['charts/web'], versionIncrement: 'error' } as const;
    await rm(path.join(folder, 'helm-cd.yaml'));
    await expect(validate(folder, bare, { context })).rejects.toThrow(/needs a base to compare with/);
    await expect(validate(folder, { base: 'nowhere' })).rejects.toThrow(
      /Input "base" names no commit of the checkout: nowhere/,
    );
    await expect(validate(folder, { base: '--output=x' })).rejects.toThrow(/names no commit/);
  });
});

describe('charts, when neither the input nor helm-cd.yaml names them,', () => {
  beforeEach(async () => {
    for (const name of ['one', 'two', 'three']) await writeFiles(path.join(folder, name), webChart(name));
  });
  const names = (charts: string | undefined) =>
    (JSON.parse(charts ?? '[]') as { name: string }[]).map(({ name }) => name).sort();

  it('are those that changed since the commit before the push', async () => {
    const before = commit('first');
    await edit(path.join(folder, 'two/values.yaml'), 'replicas: 1', 'replicas: 2');
    commit('second');
    await edit(path.join(folder, 'three/values.yaml'), 'replicas: 1', 'replicas: 2');
    commit('third');
    const event = path.join(folder, '.git/event.json');
    await writeFile(event, JSON.stringify({ before }));
    const pushed = await validate(folder, {}, { environment: { GITHUB_EVENT_PATH: event } });
    expect(names(pushed.outputs['charts'])).toEqual(['three', 'two']);
    expect(pushed.summary).toContain(`charts that did not change since ${before}: one`);
    // Without an event: the commit before.
    expect(names((await validate(folder)).outputs['charts'])).toEqual(['three']);
  });

  it('are all of them when none changed, and outside git', async () => {
    commit('first');
    git('commit', '-q', '--allow-empty', '-m', 'nothing');
    expect(names((await validate(folder)).outputs['charts'])).toEqual(['one', 'three', 'two']);
    await rm(path.join(folder, '.git'), { recursive: true });
    expect(names((await validate(folder)).outputs['charts'])).toEqual(['one', 'three', 'two']);
  });
});

describe('reports', () => {
  beforeEach(async () => {
    await writeFiles(path.join(folder, 'charts/web'), webChart());
    await edit(chart('templates/service.yaml'), 'spec:', 'spek: {}\nspec:');
  });

  it('are written in SARIF and JUnit', async () => {
    const sub = path.join(folder, 'charts');
    const result = await validate(
      sub,
      { sarifFile: 'out/a b.sarif', junitFile: 'junit.xml' },
      { environment: { GITHUB_WORKSPACE: folder } },
    );
    expect(result.outputs).toMatchObject({
      'sarif-file': path.join(sub, 'out/a b.sarif'),
      'junit-file': path.join(sub, 'junit.xml'),
    });
    const sarif = JSON.parse(await readFile(result.outputs['sarif-file'] ?? '', 'utf8')) as {
      runs: { results: unknown[] }[];
    };
    expect(sarif.runs[0]?.results).toEqual([
      expect.objectContaining({
        ruleId: 'unknown-field',
        level: 'error',
        message: { text: 'Service/web: unknown field spek, did you mean "spec"?' },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'charts/web/templates/service.yaml', uriBaseId: '%SRCROOT%' },
              region: { startLine: 6 },
            },
          },
        ],
      }),
    ]);
    const junit = await readFile(result.outputs['junit-file'] ?? '', 'utf8');
    expect(junit).toContain('<testsuites name="helm-cd validate-chart" tests="2" failures="1" errors="0">');
    expect(junit).toContain('<testcase classname="web" name="default on Kubernetes 1.37">');
    expect(junit).toContain('web/templates/service.yaml:6: ');
  });

  it('that cannot be written are an error', async () => {
    await expect(validate(folder, { sarifFile: 'charts/web/Chart.yaml/x' })).rejects.toThrow(
      /Input "sarif-file" names a file that cannot be written/,
    );
  });
});

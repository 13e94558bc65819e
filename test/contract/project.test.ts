import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BUNDLES } from '../../scripts/build.mjs';
import { projectRoot } from '../support/services.js';

const read = (file: string) => readFileSync(path.join(projectRoot, file), 'utf8');

it('every generated document is in step with its source', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/docs.mjs', '--check'], {
    cwd: projectRoot,
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(`${stdout}${stderr}`).toBe('');
  expect(status).toBe(0);
});

describe('package.json', () => {
  const manifest = JSON.parse(read('package.json')) as {
    readonly type: string;
    readonly engines: Readonly<Record<string, string>>;
    readonly license: string;
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
  };

  it('pins every package exactly', () => {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect(`${name} ${version}`).toMatch(/^\S+ \d+\.\d+\.\d+(-[\w.]+)?$/);
    }
  });

  it('is an ES module: without it the bundle would not start', () => {
    expect(manifest.type).toBe('module');
    expect(manifest.engines['node']).toBe('>=20');
    expect(manifest.license).toBe('Apache-2.0');
  });

  it('has a lock file that names no registry', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": "https?:/);
  });
});

describe('dist/', () => {
  it('has each bundle, and says that it is an ES module', () => {
    for (const { name } of BUNDLES as { name: string }[])
      expect(existsSync(path.join(projectRoot, 'dist', `${name}.js`))).toBe(true);
    expect(JSON.parse(read('dist/package.json'))).toEqual({ type: 'module' });
    expect(read('dist/licenses.txt')).toContain('@actions/core');
  });
});

describe('docs/troubleshooting.md', () => {
  const codes = [...read('src/core/errors.ts').matchAll(/^ {2}\| '([\w-]+)'/gm)].map(([, code]) => code);
  const sections = [...read('docs/troubleshooting.md').matchAll(/^## `([\w-]+)`$/gm)].map(([, code]) => code);

  it('explains every error code, and no other', () => {
    expect(codes.length).toBeGreaterThan(5);
    expect([...sections].sort()).toEqual([...codes, 'internal'].sort());
  });
});

describe('README.md', () => {
  const readme = read('README.md');

  it.each([
    ['Try it', 'npm ci && npm run demo'],
    ['Test', 'npm ci && npm test'],
  ])('has under "%s" one command first', (heading, command) => {
    const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
    expect([...section.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block)).toEqual([`${command}\n`]);
    expect(section.trimStart()).toMatch(/^```sh\n/);
  });

  it('has these as its first two command blocks', () => {
    const blocks = [...readme.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block);
    expect(blocks.slice(0, 2)).toEqual(['npm ci && npm run demo\n', 'npm ci && npm test\n']);
  });
});

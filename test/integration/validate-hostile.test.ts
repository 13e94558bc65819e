/** Charts that somebody sends to do harm: one clear word for each, nothing read that is not theirs, other charts still checked. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { run } from '../../src/actions/validate-chart/run.js';
import type { MergedFinding } from '../../src/core/findings.js';
import { writeFiles, type Files } from '../support/charts.js';
import { aliasBomb, archive } from '../support/hostile.js';
import { createTestServices, temporaryFolder } from '../support/services.js';
import { VALIDATE_DEFAULTS, validate, type Validated } from '../support/validate.js';

const MAJORS = ['3', '4'];
const MIB = 1024 ** 2;

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const chartYaml = (name: string, more = '') =>
  `apiVersion: v2\nname: ${name}\nversion: 0.1.0\nicon: https://example.com/i.svg\n${more}`;
const config = (name: string, data = 'a: b') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  ${data}\n`;
const GOOD: Files = { 'templates/a.yaml': config('a') };

const FOLDER = { folder: true } as const;
type Content = string | Uint8Array | { readonly link: string } | typeof FOLDER;

/** Writes the chart `odd`, and a good one beside it that must be checked whatever happens. */
async function writeCharts(files: Readonly<Record<string, Content>>): Promise<void> {
  await writeFiles(path.join(folder, 'fine'), { 'Chart.yaml': chartYaml('fine'), ...GOOD });
  const defaults = { 'Chart.yaml': chartYaml('odd'), 'values.yaml': '{}\n' };
  for (const [name, content] of Object.entries<Content>({ ...defaults, ...files })) {
    const file = path.join(folder, 'odd', name);
    await mkdir(path.dirname(file), { recursive: true });
    if (typeof content === 'string' || content instanceof Uint8Array) await writeFile(file, content);
    else if ('link' in content) await symlink(content.link, file);
    else await mkdir(file);
  }
}

/** The lines about `odd`. */
async function check(
  files: Readonly<Record<string, Content>>,
  inputs: Parameters<typeof validate>[1] = {},
): Promise<Validated> {
  await writeCharts(files);
  const result = await validate(folder, { charts: ['odd', 'fine'], ...inputs });
  const charts = JSON.parse(result.outputs['charts'] ?? '') as { name: string; valid: boolean }[];
  expect(charts.find(({ name }) => name === 'fine')).toMatchObject({ valid: true });
  // No trace of our own inside, and no message that goes on for pages.
  expect(result.logText).not.toMatch(/\n\s+at .*\.[jt]s:\d+|TypeError|RangeError|undefined/);
  for (const { message } of result.findings) expect(message.length).toBeLessThan(1100);
  return result;
}

describe.each(MAJORS)('with helm %s: what is refused, and where', (helmVersion) => {
  const bomb = aliasBomb();
  const good = { name: 'x/Chart.yaml', data: chartYaml('x') };

  it.each<[string, Readonly<Record<string, Content>>, RegExp]>([
    ['a bomb in values', { ...GOOD, 'values.yaml': bomb }, /^odd\/values\.yaml error .*excessive aliasing/],
    ['a bomb in Chart.yaml', { ...GOOD, 'Chart.yaml': chartYaml('odd', bomb) }, /^odd\/Chart\.yaml error .*aliasing/],
    [
      'a bomb in crds/',
      { ...GOOD, 'crds/a.yaml': bomb },
      /^odd\/crds\/a\.yaml error invalid-yaml renders invalid YAML: its aliases expand to more than a million nodes/,
    ],
    [
      'a schema that refers to itself',
      {
        ...GOOD,
        'values.schema.json':
          '{"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}}}',
      },
      /^odd\/values\.\S+ error values-schema .*cycle/,
    ],
    [
      'a link to a file of the system',
      { ...GOOD, 'templates/p.yaml': { link: '/etc/passwd' } },
      /^odd\/templates\/p\.yaml error chart odd\/templates\/p\.yaml is a link that leads out of the repository: it is not followed\.$/,
    ],
    [
      'a link to a folder of the system',
      { ...GOOD, files: { link: '/etc' } },
      /^odd\/files error chart odd\/files is a link that leads out of the repository/,
    ],
    [
      'values that are a link',
      { ...GOOD, 'values.yaml': { link: '/proc/self/environ' } },
      /^odd\/values\.yaml error chart .*leads out of the repository/,
    ],
    [
      'a link to credentials in the workspace',
      { ...GOOD, 'files/x': { link: '../../.git/config' } },
      /^odd\/files\/x error chart odd\/files\/x is a link that leads to \.git\/config/,
    ],
    [
      'a link of a local dependency',
      {
        'Chart.yaml': chartYaml(
          'odd',
          'dependencies:\n  - name: lib\n    version: 0.1.0\n    repository: file://../lib\n',
        ),
        '../lib/Chart.yaml': chartYaml('lib'),
        '../lib/templates/p.yaml': { link: '/etc/passwd' },
      },
      /^lib\/templates\/p\.yaml error chart .*leads out of the repository/,
    ],
    [
      'a line break in a file name',
      { ...GOOD, 'templates/a\n::error::pwned.yaml': '' },
      /^odd\/Chart\.yaml error chart a name in odd\/templates holds a control character: "a\\n::error::pwned\.yaml"/,
    ],
    [
      'an archive that is none',
      { ...GOOD, 'charts/x-1.0.0.tgz': 'hello' },
      /^odd\/Chart\.yaml error chart odd\/charts\/x-1\.0\.0\.tgz is no packaged chart: it is not gzipped/,
    ],
    [
      'half an archive',
      { ...GOOD, 'charts/x-1.0.0.tgz': archive(good).subarray(0, 60) },
      /error chart odd\/charts\/x-1\.0\.0\.tgz is no packaged chart: unexpected end of file/,
    ],
    [
      'an archive that leads out',
      { ...GOOD, 'charts/x-1.0.0.tgz': archive(good, { name: 'x/../../evil', data: 'x' }) },
      /error chart odd\/charts\/x-1\.0\.0\.tgz holds an entry that leads out of the chart: "x\/\.\.\/\.\.\/evil"/,
    ],
    [
      'an archive with absolute names',
      { ...GOOD, 'charts/x-1.0.0.tgz': archive(good, { name: '/etc/evil', data: 'x' }) },
      /error chart .*leads out of the chart: "\/etc\/evil"/,
    ],
    [
      'an archive with a link',
      { ...GOOD, 'charts/x-1.0.0.tgz': archive(good, { name: 'x/templates/a', type: '2', target: '/etc/passwd' }) },
      /error chart .*holds an entry that is no file: "x\/templates\/a" \(symlink\)/,
    ],
    [
      'an archive that unfolds without end',
      { ...GOOD, 'charts/x-1.0.0.tgz': archive(good, { name: 'x/values.yaml', data: Buffer.alloc(200 * MIB) }) },
      /error chart odd\/charts\/x-1\.0\.0\.tgz is larger than 100\.0 MiB, which helm refuses\./,
    ],
    [
      'a file of 200 MB',
      { 'templates/a.yaml': config('a', 'a: {{ .Files.Get "big" | quote }}'), big: Buffer.alloc(200 * MIB, 120) },
      /error chart odd: big has 200\.0 MiB, helm accepts 5\.0 MiB a file\./,
    ],
    [
      'a file of 20 MB',
      { 'templates/a.yaml': config('a', 'a: {{ .Files.Get "big" | quote }}'), big: Buffer.alloc(20 * MIB, 120) },
      /error chart odd: big has 20\.0 MiB, helm accepts 5\.0 MiB a file\./,
    ],
  ])(
    '%s',
    async (_, files, expected) => {
      await mkdir(path.join(folder, '.git'), { recursive: true });
      await writeFile(path.join(folder, '.git/config'), 'CANARY');
      const { lines } = await check(files, { helmVersion });
      const errors = lines.filter((line) => line.includes(' error ') && !line.includes('helm knows no field'));
      expect(errors).toEqual([expect.stringMatching(expected)]);
    },
    60_000,
  );

  it.each<[string, Readonly<Record<string, Content>>, RegExp]>([
    [
      'values that are a list',
      { ...GOOD, 'values.yaml': '- a\n' },
      /^odd\/values\.yaml error chart does not hold a map of values$/,
    ],
    [
      'values that are a text',
      { ...GOOD, 'values.yaml': 'a\n' },
      /^odd\/values\.yaml error chart does not hold a map of values$/,
    ],
    [
      'values that are no UTF-8',
      { ...GOOD, 'values.yaml': Buffer.from('613a20ff800a', 'hex') },
      /^odd\/values\.yaml error .*UTF-8/,
    ],
    ['values with a NUL', { ...GOOD, 'values.yaml': 'a: "x\0y"\n' }, /^odd\/values\.yaml error .*control characters/],
    ['values that are a folder', { ...GOOD, 'values.yaml': FOLDER }, /^odd\/values\.yaml error .*director/],
    [
      'a Chart.yaml that is a list',
      { ...GOOD, 'Chart.yaml': '- a\n' },
      /^odd\/Chart\.yaml:1 error chart odd\/Chart\.yaml holds no chart metadata/,
    ],
    [
      'an empty Chart.yaml',
      { ...GOOD, 'Chart.yaml': '' },
      /^odd\/Chart\.yaml:1 error chart odd\/Chart\.yaml holds no chart metadata/,
    ],
    [
      'a Chart.yaml that is no UTF-8',
      {
        ...GOOD,
        'Chart.yaml': Buffer.concat([Buffer.from(chartYaml('odd', 'description: ')), Buffer.from([255, 128, 10])]),
      },
      /^odd\/Chart\.yaml error .*UTF-8/,
    ],
    [
      'a Chart.yaml with a NUL',
      { ...GOOD, 'Chart.yaml': chartYaml('odd', 'description: "a\0b"\n') },
      /^odd\/Chart\.yaml error .*control characters/,
    ],
    [
      'a name that leads out',
      { ...GOOD, 'Chart.yaml': chartYaml('../x') },
      /^odd\/Chart\.yaml:2 error .*"\.\.\/x" is invalid/,
    ],
    [
      'a template that is no UTF-8',
      { 'templates/a.yaml': Buffer.concat([Buffer.from(config('a').trimEnd()), Buffer.from([255, 128, 10])]) },
      /^odd\/templates\/a\.yaml(?::6)? error invalid-yaml .*(?:UTF-8|octet)/,
    ],
    [
      'a template with a NUL',
      { 'templates/a.yaml': config('a', 'a: "x\0y"') },
      /^odd\/templates\/a\.yaml:6 error invalid-yaml .*null byte/,
    ],
    [
      'an empty render',
      { 'templates/a.yaml': '{{ if false }}\na: b\n{{ end }}' },
      /^odd\/Chart\.yaml error empty-render/,
    ],
  ])('%s', async (_, files, expected) => {
    const { lines } = await check(files, { helmVersion });
    expect(lines.filter((line) => line.includes(' error '))).toEqual([expect.stringMatching(expected)]);
  });
});

describe('links', () => {
  it('inside the repository are followed, but what they lead to is not quoted', async () => {
    await writeFile(path.join(folder, 'shared.txt'), 'canary of the workspace\n');
    await writeFile(path.join(folder, 'helpers.tpl'), '{{- define "x" }}\na: 1\n{{- end }}\n');
    const { lines, logText, summary } = await check({
      'shared.txt': { link: '../shared.txt' },
      'templates/_h.tpl': { link: '../../helpers.tpl' },
      'templates/a.yaml': config('a', '{{- include "x" . | nindent 2 }}'),
      'templates/b.yaml': '{{ fail (.Files.Get "shared.txt") }}',
    });
    expect(lines).toEqual(['odd/templates/b.yaml:1 error template-error ***']);
    expect(`${logText}${summary}`).not.toContain('canary');
  });

  it('of the workspace lead out of working-directory', async () => {
    await writeFile(path.join(folder, 'helpers.tpl'), '{{- define "x" }}b{{- end }}\n');
    await writeFiles(path.join(folder, 'sub/odd'), {
      'Chart.yaml': chartYaml('odd'),
      'templates/a.yaml': config('a', 'a: {{ include "x" . }}'),
    });
    await symlink('../../../helpers.tpl', path.join(folder, 'sub/odd/templates/_h.tpl'));
    const inside = { environment: { GITHUB_WORKSPACE: folder } };
    expect((await validate(path.join(folder, 'sub'), {}, inside)).lines).toEqual([]);
    expect((await validate(path.join(folder, 'sub'))).lines).toEqual([
      expect.stringMatching(/^odd\/templates\/_h\.tpl error chart .*leads out of the repository/),
    ]);
  });

  it('that helm does not see are let be', async () => {
    const { lines } = await check({ ...GOOD, '.helmignore': 'x\n', x: { link: '/etc/passwd' } });
    expect(lines).toEqual([]);
  });
});

describe('values files of helm-cd.yaml', () => {
  const environments = (values: string) => `charts:
  odd: { path: odd }
  fine: { path: fine }
environments:
  production:
    branch: main
    repository: file:///tmp/none
    values: [${values}]
`;

  it('may not lie outside of the repository', async () => {
    const outside = await mkdtemp(path.join(os.tmpdir(), 'helm-cd-outside-'));
    try {
      await writeFile(path.join(outside, 'v.yaml'), 'a: canary\n');
      await writeCharts({ 'templates/a.yaml': '{{ fail (toJson .Values) }}' });
      const file = path.relative(path.join(folder, 'odd'), path.join(outside, 'v.yaml'));
      await writeFile(path.join(folder, 'helm-cd.yaml'), environments(file));
      const { lines, logText } = await validate(folder);
      expect(
        lines.filter((line) => line.includes('this file leads out of the repository: it is not read')),
      ).toHaveLength(2);
      expect(logText).not.toContain('canary');
      // Who writes the workflow may.
      const named = await validate(folder, { charts: ['fine'], values: [path.join(outside, 'v.yaml')] });
      expect(named.lines.filter((line) => line.includes('error'))).toEqual([]);
    } finally {
      await rm(outside, { recursive: true, force: true });
    }
  });
});

describe.each(MAJORS)('with helm %s: templates that do not end', (helmVersion) => {
  async function limited(template: string, limits: { timeoutMs: number; memoryBytes: number }) {
    await writeCharts({ 'templates/a.yaml': template });
    const services = await createTestServices({ workingDirectory: folder });
    try {
      const inputs = {
        ...VALIDATE_DEFAULTS,
        helmVersion,
        charts: ['odd', 'fine'],
        kubernetesVersions: ['1.35', '1.36'],
      };
      const { document } = await run(inputs, services, limits);
      return (document['findings'] as readonly MergedFinding[]).map(
        ({ place, rule, message, cells }) => `${place.file} ${rule} ${message} (${cells.length})`,
      );
    } finally {
      await rm(path.dirname(services.temp), { recursive: true, force: true });
    }
  }
  const LOOP = '{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}';

  it('in time', async () => {
    expect(await limited(LOOP, { timeoutMs: 1500, memoryBytes: 4096 * MIB })).toEqual([
      'odd/Chart.yaml helm helm did not finish within 1.5 s and was stopped: does a template render without end? (2)',
    ]);
  }, 240_000);

  it('in memory', async () => {
    const started = await limited('{{ range until 1000000000 }}x{{ end }}', {
      timeoutMs: 60_000,
      memoryBytes: 1024 * MIB,
    });
    expect(started).toEqual([
      'odd/Chart.yaml helm helm ran out of the memory that it may have: does a template render without end? (2)',
    ]);
  }, 240_000);

  it('in what they write', async () => {
    const template = `{{ $x := repeat 1048576 "x" }}${config('a', 'a: {{ range until 135 }}{{ $x }}{{ end }}')}`;
    expect(await limited(template, { timeoutMs: 180_000, memoryBytes: 16_384 * MIB })).toEqual([
      'odd/Chart.yaml helm the chart renders more than 128 MiB (2)',
    ]);
  }, 240_000);

  it('in depth', async () => {
    const deep = '{{- define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}';
    const [only, ...more] = await limited(deep, { timeoutMs: 60_000, memoryBytes: 4096 * MIB });
    expect(only).toMatch(/^odd\/templates\/a\.yaml template-error exceeded maximum template depth/);
    expect(more).toEqual([]);
  }, 240_000);
});

describe('text that a runner would obey', () => {
  it.each<[string, Readonly<Record<string, Content>>]>([
    ['in a message', { 'templates/a.yaml': '{{ fail "x\\n::error::pwned\\n##[error]y\\u001b[31m" }}' }],
    ['in a key', { 'templates/a.yaml': `${config('a')}"::error::pwned\\n::warning::x\\u001b[2J": 1\n` }],
    ['in a name', { 'templates/a.yaml': config('a').replace('name: a', 'name: "a\\n::error::pwned\\e[31m"') }],
    ['in a file name', { 'templates/a%0A::error::pwned,b=c.yaml': config('a', 'a: 1') }],
    ['in an environment', { 'templates/a.yaml': config('a', 'a: 1') }],
  ])('%s stays text', async (_, files) => {
    const { findings, summary } = await check(files, { environments: ['prod\u001b[31m::error::x'] });
    expect(findings.length).toBeGreaterThan(0);
    // eslint-disable-next-line no-control-regex
    const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;
    for (const { message, resource } of findings)
      expect(`${resource ?? ''} ${message}`).not.toMatch(new RegExp(`\\n|${control.source}`));
    expect(summary).not.toMatch(control);
    expect(summary).not.toMatch(/^::/m);
  });
});

describe('much of it', () => {
  it('two thousand templates', async () => {
    const files = Array.from({ length: 2000 }, (_, index) => [
      `templates/t${index}.yaml`,
      config(`c${index}`, index === 1500 ? 'a: 1' : 'a: b'),
    ]);
    const { lines } = await check(Object.fromEntries(files) as Files);
    expect(lines).toEqual(['odd/templates/t1500.yaml:6 error wrong-type data.a is an integer, must be text: quote it']);
  }, 120_000);
});

describe('without a helm that will do', () => {
  it.each<[string, string, RegExp]>([
    ['too old', '#!/bin/sh\necho "Client: v2.17.0+ga690bad"\n', /helm/i],
    ['broken', '#!/bin/sh\nexit 3\n', /helm/i],
  ])('%s', async (_, script, message) => {
    await writeCharts(GOOD);
    const bin = path.join(folder, 'bin');
    await mkdir(bin);
    await writeFile(path.join(bin, 'helm'), script, { mode: 0o755 });
    const services = await createTestServices({ workingDirectory: folder });
    try {
      const { createProcesses } = await import('../../src/runtime/processes.js');
      const { createTools } = await import('../../src/runtime/tools.js');
      // Nothing to download from.
      const environment = {
        PATH: `${bin}:/usr/bin:/bin`,
        HTTPS_PROXY: 'http://127.0.0.1:9',
        RUNNER_TEMP: services.temp,
      };
      const processes = createProcesses(environment, services.cancelled);
      const tools = createTools(processes, services.log);
      const download = {
        helm: (wanted: string) => tools.helm(wanted, { download: false }),
        kubectl: () => tools.kubectl(),
      };
      await expect(
        run({ ...VALIDATE_DEFAULTS, helmVersion: '', charts: ['odd'] }, { ...services, processes, tools: download }),
      ).rejects.toMatchObject({
        name: 'HelmCdError',
        code: 'tool',
        message: expect.stringMatching(message) as unknown,
      });
    } finally {
      await rm(path.dirname(services.temp), { recursive: true, force: true });
    }
  });
});

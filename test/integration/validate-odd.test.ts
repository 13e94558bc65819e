/** Charts that are broken on purpose, or merely odd: each gets a clear word, none takes the run down. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { webChart, writeFiles, type Files } from '../support/charts.js';
import { temporaryFolder } from '../support/services.js';
import { validate } from '../support/validate.js';

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const chartYaml = (name: string, more = '') =>
  `apiVersion: v2\nname: ${name}\nversion: 0.1.0\nicon: https://example.com/i.svg\n${more}`;
const config = (name: string, data = 'a: b') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  ${data}\n`;

async function check(files: Files, name = 'odd') {
  await writeFiles(path.join(folder, name), { 'Chart.yaml': chartYaml('odd'), 'values.yaml': '{}\n', ...files });
  return validate(folder, { charts: [name] });
}

describe('hostile templates', () => {
  it('that include themselves', async () => {
    const { lines } = await check({
      'templates/a.yaml': '{{- define "x" }}{{ include "x" . }}{{ end }}\na: {{ include "x" . }}\n',
    });
    expect(lines).toEqual([
      expect.stringMatching(/^odd\/templates\/a\.yaml:1 error template-error .*nested reference name: x/),
    ]);
  });

  it('with a bomb of aliases', async () => {
    const levels = ['a0: &a0 [x,x,x,x,x,x,x,x,x]'];
    for (let level = 1; level < 10; level++) {
      levels.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(',')}]`);
    }
    const { lines } = await check({ 'templates/a.yaml': `${levels.join('\n')}\n` });
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('\n')).toMatch(
      /error invalid-yaml renders invalid YAML: (?:its aliases expand|.*excessive aliasing)/,
    );
  });

  it('nested deeper than anything', async () => {
    const { lines } = await check({
      'templates/a.yaml': config('a', `b: ${'{a: '.repeat(2000)}1${'}'.repeat(2000)}`),
    });
    expect(lines.join('\n')).toMatch(/nesting exceeded|exceeded max depth/);
  });

  it('in another encoding', async () => {
    await mkdir(path.join(folder, 'odd/templates'), { recursive: true });
    await writeFile(path.join(folder, 'odd/templates/a.yaml'), Buffer.from(config('a'), 'utf16le'));
    const { lines } = await check({});
    expect(lines).toEqual([expect.stringMatching(/^odd\/templates\/a\.yaml(?::1)? error invalid-yaml /)]);
  });

  it('with a link that leads nowhere', async () => {
    await mkdir(path.join(folder, 'odd/templates'), { recursive: true });
    await symlink('/nowhere/at/all', path.join(folder, 'odd/templates/a.yaml'));
    const { lines } = await check({});
    expect(lines).toEqual([
      'odd/templates/a.yaml error chart odd/templates/a.yaml cannot be read: it is a link that leads nowhere',
    ]);
  });

  it('with ten thousand documents', async () => {
    const { outputs, lines, summary } = await check({
      'templates/a.yaml': `{{- range $i, $_ := until 10000 }}\n---\n${config('a{{ $i }}', 'a: {{ if eq $i 7777 }}5{{ else }}b{{ end }}')}{{- end }}\n`,
    });
    expect(lines).toEqual(['odd/templates/a.yaml:8 error wrong-type data.a is an integer, must be text: quote it']);
    expect(summary).toContain('10000 objects');
    expect(outputs['errors']).toBe('1');
  }, 120_000);
});

describe('odd charts', () => {
  it('with nothing but hooks', async () => {
    const hook = config('a').replace('  name: a', '  name: a\n  annotations:\n    helm.sh/hook: pre-install');
    expect((await check({ 'templates/a.yaml': hook })).lines).toEqual([]);
  });

  it('with spaces and other letters in their names', async () => {
    const files = { 'templates/größe 1.yaml': config('a', 'a: 1') };
    const { lines } = await check(files, 'mein schöner chart');
    expect(lines).toEqual([
      'mein schöner chart/templates/größe 1.yaml:6 error wrong-type data.a is an integer, must be text: quote it',
    ]);
  });

  it('three deep, with a fault in the innermost', async () => {
    const dependency = (name: string) => `dependencies:\n  - name: ${name}\n    version: 0.1.0\n`;
    const { lines } = await check({
      'Chart.yaml': chartYaml('odd', dependency('one')),
      'charts/one/Chart.yaml': chartYaml('one', dependency('two')),
      'charts/one/charts/two/Chart.yaml': chartYaml('two'),
      'charts/one/charts/two/templates/a.yaml': config('a', 'a: 1'),
    });
    expect(lines).toEqual([
      // Helm 4 minds, as a warning.
      'odd/Chart.yaml error lint templates/: directory does not exist',
      'odd/charts/one/charts/two/templates/a.yaml:6 error wrong-type data.a is an integer, must be text: quote it',
    ]);
  });

  it('with CRLF and a byte order mark', async () => {
    const text = `\ufeff${config('a', 'a: {{ 1 }}')}`.replaceAll('\n', '\r\n');
    expect((await check({ 'templates/a.yaml': text })).lines).toEqual([
      'odd/templates/a.yaml:6 error wrong-type data.a is an integer, must be text: quote it',
    ]);
  });

  it('whose helpers are compared, so that marks in them would change the render', async () => {
    const { lines } = await check({
      'templates/_h.tpl': '{{- define "mode" }}\nfast\nslow\n{{- end }}\n',
      'templates/a.yaml': `{{- if eq (include "mode" .) "\\nfast\\nslow" }}\n${config('a', 'a: 1')}{{- else }}\n${config('b', 'b: ok')}{{- end }}\n`,
    });
    expect(lines).toEqual(['odd/templates/a.yaml:7 error wrong-type data.a is an integer, must be text: quote it']);
  });

  it('that render something else each time', async () => {
    const { lines } = await check({
      'templates/a.yaml': config('a', 'r: {{ randAlphaNum 20 | quote }}\n  a: 1\n  s: {{ randAlphaNum 9 | quote }}'),
    });
    expect(lines).toEqual(['odd/templates/a.yaml:7 error wrong-type data.a is an integer, must be text: quote it']);
  });

  it('that have no templates at all', async () => {
    expect((await check({})).lines).toContain('odd/Chart.yaml error empty-render renders no object at all');
  });
});

it('several charts at once, each with its own', async () => {
  for (const name of ['one', 'two', 'three', 'four']) await writeFiles(path.join(folder, name), webChart(name));
  await writeFile(path.join(folder, 'two/templates/x.yaml'), config('x', 'a: 1'));
  const { lines, outputs } = await validate(folder, { charts: ['*'] });
  expect(lines).toEqual(['two/templates/x.yaml:6 error wrong-type data.a is an integer, must be text: quote it']);
  expect(
    (JSON.parse(outputs['charts'] ?? '') as { name: string; valid: boolean }[]).map(
      ({ name, valid }) => `${name} ${valid}`,
    ),
  ).toEqual(['four true', 'one true', 'three true', 'two false']);
});

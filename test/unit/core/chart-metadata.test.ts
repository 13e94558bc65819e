import { describe, expect, it } from '@jest/globals';
import { parseChartMetadata } from '../../../src/core/chart-metadata.js';
import { inDependencyOrder } from '../../../src/core/chart-order.js';
import { withChartVersion } from '../../../src/core/chart-yaml-version.js';

const parse = (text: string) => parseChartMetadata(text, 'Chart.yaml');

describe('Chart.yaml', () => {
  it('is read with all that Helm knows, and nothing else', () => {
    const metadata = parse(`apiVersion: v2
name: shop
version: 1.2.3
appVersion: 1.10
description: >-
  A shop
home: https://example.com
icon: https://example.com/i.svg
sources: [https://example.com/src]
keywords: [shop, 1]
maintainers:
- name: Ann
  email: ann@example.com
  nickname: ignored
deprecated: yes
kubeVersion: ">=1.30.0-0"
type: application
annotations:
  a/b: "x"
  number: 1
dependencies:
- name: common
  version: ~0.1.0
  repository: file://../common
  alias: shared
  tags: [a]
  import-values: [{child: x, parent: z}]
customKey: not Helm's
`);
    expect(metadata).toEqual({
      apiVersion: 'v2',
      name: 'shop',
      version: '1.2.3',
      // As helm reads it, who did not quote it gets a number.
      appVersion: '1.1',
      description: 'A shop',
      home: 'https://example.com',
      icon: 'https://example.com/i.svg',
      sources: ['https://example.com/src'],
      keywords: ['shop', '1'],
      maintainers: [{ name: 'Ann', email: 'ann@example.com' }],
      deprecated: true,
      kubeVersion: '>=1.30.0-0',
      type: 'application',
      annotations: { 'a/b': 'x', number: '1' },
      dependencies: [
        {
          name: 'common',
          version: '~0.1.0',
          repository: 'file://../common',
          alias: 'shared',
          tags: ['a'],
          'import-values': [{ child: 'x', parent: 'z' }],
        },
      ],
    });
  });

  it.each([
    ['2024-01-01', '2024-01-01'],
    ['1:30', '1:30'],
    ['"1.10"', '1.10'],
    ['0777', '511'],
    ['yes', 'true'],
  ])('with appVersion: %s means %s, as helm has it', (written, meant) => {
    expect(parse(`apiVersion: v2\nname: a\nversion: 1.0.0\nappVersion: ${written}\n`).appVersion).toBe(meant);
  });

  it.each([
    ['name: a\nversion: 1.0.0\n', 'Chart.yaml has no apiVersion.', 1],
    ['apiVersion: v2\nversion: 1.0.0\n', 'Chart.yaml has no name.', 1],
    ['apiVersion: v2\nname: a\nversion:\n', 'Chart.yaml has no version.', 1],
    ['- a\n', 'Chart.yaml holds no chart metadata.', 1],
    ['', 'Chart.yaml holds no chart metadata.', 1],
    ['apiVersion: v2\nname: a\nversion: 1.0.0\nkeywords: shop\n', 'Chart.yaml: keywords is not a list.', 4],
    ['apiVersion: v2\nname: [a]\nversion: 1.0.0\n', 'Chart.yaml: name is not a text.', 2],
    ['apiVersion: v2\nname: a\nversion: 1.0.0\ndeprecated: maybe\n', 'Chart.yaml: deprecated is not true or false.', 4],
    ['apiVersion: v2\nname: a\nversion: 1.0.0\nannotations: [a]\n', 'Chart.yaml: annotations is not a map.', 4],
    [
      'apiVersion: v2\nname: a\nversion: 1.0.0\nmaintainers: [a]\n',
      'Chart.yaml: an item of maintainers is not a map.',
      4,
    ],
    [
      'apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies:\n- version: 1\n',
      'Chart.yaml: a dependency has no name.',
      5,
    ],
  ])('%j is refused with its line', (text, message, line) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'file', message, place: { file: 'Chart.yaml', line } }),
    );
  });

  it('has text where other parsers see numbers without digits, and annotations by any key', () => {
    const metadata = parse(
      'apiVersion: v2\nname: e0\nversion: 1.0.0\nappVersion: e1234567\nkeywords: [.e5, -e1, 0b, 1e3, .nan]\nannotations: {true: a, 1: b, e7: c, d: 0x10}\n',
    );
    expect(metadata).toMatchObject({
      name: 'e0',
      appVersion: 'e1234567',
      keywords: ['.e5', '-e1', '0b', '1000', 'NaN'],
      annotations: { true: 'a', 1: 'b', e7: 'c', d: '16' },
    });
  });

  it('that is no YAML is refused with its line and column', () => {
    expect(() => parse('apiVersion: v2\nname: [a\n')).toThrow(
      expect.objectContaining({
        code: 'file',
        message: expect.stringContaining('Chart.yaml is no valid YAML: '),
        place: { file: 'Chart.yaml', line: 3, column: 1 },
      }),
    );
  });
});

describe('another version in Chart.yaml', () => {
  it.each([
    ['version: 1.0.0 # raised\nname: a\napiVersion: v2\n', 'version: 2.0.0-x.1 # raised\nname: a\napiVersion: v2\n'],
    ['{apiVersion: v2, name: a, version: "1.0.0"}', '{apiVersion: v2, name: a, version: "2.0.0-x.1"}'],
    ["apiVersion: v2\r\nname: a\r\nversion: '1.0.0'\r\n", "apiVersion: v2\r\nname: a\r\nversion: '2.0.0-x.1'\r\n"],
    [
      'apiVersion: v2\nname: a\ndependencies:\n- name: b\n  version: 1.0.0\nversion: 1.0.0\n',
      'apiVersion: v2\nname: a\ndependencies:\n- name: b\n  version: 1.0.0\nversion: 2.0.0-x.1\n',
    ],
  ])('changes nothing else in %j', (before, after) => {
    expect(withChartVersion(before, '2.0.0-x.1', 'Chart.yaml')).toBe(after);
  });

  it.each([
    ['apiVersion: v2\nname: a\n', 'Chart.yaml has no version that could be replaced.'],
    ['apiVersion: &v 1.0.0\nname: a\nversion: *v\n', 'Chart.yaml has no version that could be replaced.'],
    [
      'apiVersion: v2\nname: a\nversion: &v 1.0.0\nappVersion: *v\n',
      'The version in Chart.yaml cannot be replaced without changing something else.',
    ],
  ])('is refused in %j', (text, message) => {
    expect(() => withChartVersion(text, '2.0.0', 'Chart.yaml')).toThrow(message);
  });
});

describe('the order of charts', () => {
  const chart = (name: string, ...dependencies: string[]) => ({
    metadata: { name, dependencies: dependencies.map((dependency) => ({ name: dependency })) },
  });
  const order = (...charts: ReturnType<typeof chart>[]) =>
    inDependencyOrder(charts).map(({ metadata }) => metadata.name);

  it('puts dependencies first and is otherwise kept', () => {
    expect(order(chart('a', 'c'), chart('b'), chart('c', 'd'), chart('d', 'elsewhere'))).toEqual(['d', 'c', 'a', 'b']);
    expect(order(chart('z'), chart('a'))).toEqual(['z', 'a']);
  });

  it('ends also for circles', () => {
    expect(order(chart('a', 'b'), chart('b', 'a'))).toEqual(['b', 'a']);
  });
});

import { describe, expect, it } from '@jest/globals';
import { KubernetesYamlError, parseKubernetesYaml, readPositions } from '../../../src/schemas/kubernetes-yaml.js';

describe('parseKubernetesYaml', () => {
  it.each<[string, unknown]>([
    ['on', true],
    ['Off', false],
    ['y', true],
    ['N', false],
    ['yes', true],
    ['true', true],
    ['"on"', 'on'],
    ['~', null],
    ['', null],
    ['Null', null],
    ['0', 0],
    ['-12', -12],
    ['+12', 12],
    ['0644', 420],
    ['0o644', 420],
    ['-0644', -420],
    ['0x1F', 31],
    ['0b101', 5],
    ['1_000', 1000],
    ['08', 8],
    ['0.5', 0.5],
    ['.5', 0.5],
    ['1.', 1],
    ['1e3', 1000],
    ['.inf', Infinity],
    ['1:30', '1:30'],
    ['2024-01-01', '2024-01-01'],
    ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z'],
    ['1.2.3', '1.2.3'],
    ['12abc', '12abc'],
    ['0x', '0x'],
    ['-', '-'],
    ['_1', '_1'],
    ['!!str 12', '12'],
    ['18446744073709551615', 2 ** 64],
    ['184467440737095516160', 10 * 2 ** 64],
    ['null-ish', 'null-ish'],
  ])('reads %s as Kubernetes does', (text, value) => {
    expect(parseKubernetesYaml(`a: ${text === '-' ? '"-"' : text}\n`)).toEqual({ a: value });
  });

  it('turns keys into text, applies merge keys, and lets the last of two equal keys count', () => {
    expect(parseKubernetesYaml('1: a\ntrue: b\n')).toEqual({ '1': 'a', true: 'b' });
    expect(parseKubernetesYaml('a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n')).toEqual({ a: { b: 1 }, c: { b: 1, d: 2 } });
    expect(parseKubernetesYaml('a: 1\na: 2\n')).toEqual({ a: 2 });
  });

  it.each<[string, string, number, RegExp]>([
    ['wrong indentation', 'a:\n  b: 1\n   c: 2\n', 3, /indentation|mapping|bad/i],
    ['an unclosed quote', 'a: "b\nc: d\n', 1, /./],
    ['two documents', 'a: 1\n---\nb: 2\n', 2, /document/],
  ])('refuses %s', (_name, text, _line, message) => {
    const read = () => parseKubernetesYaml(text);
    expect(read).toThrow(KubernetesYamlError);
    expect(read).toThrow(message);
  });

  it('refuses a bomb of aliases in little time and memory', () => {
    const levels = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let level = 1; level < 9; level++) {
      const name = String.fromCharCode(97 + level);
      const before = String.fromCharCode(96 + level);
      levels.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(',')}]`);
    }
    expect(() => parseKubernetesYaml(levels.join('\n'))).toThrow(/million nodes/);
  });
});

describe('readPositions', () => {
  const text = [
    '# a comment',
    'apiVersion: v1',
    'metadata:',
    '  name: x',
    '  labels:',
    '    app: a',
    '    app: b',
    'spec:',
    '  list:',
    '    - name: one',
    '      value: 1',
    '    -',
    '      name: two',
    '  flow: {a: 1, b: [1,',
    '    2]}',
    '  empty:',
    '  last: |',
    '    text: no',
    '',
  ].join('\n');
  const positions = readPositions(text);

  it.each<[(string | number)[], number]>([
    [['apiVersion'], 2],
    [['metadata', 'labels'], 5],
    [['spec', 'list', 0], 10],
    [['spec', 'list', 0, 'value'], 11],
    [['spec', 'list', 1], 13],
    [['spec', 'list', 1, 'name'], 13],
    [['spec', 'flow', 'b'], 14],
    [['spec', 'flow', 'b', 1], 15],
    [['spec', 'empty'], 16],
    [['spec', 'last'], 17],
    [['spec', 'list', 0, 'missing'], 10],
    [['spec', 'missing', 'deeper'], 8],
    [['nothing'], 2],
    [[], 2],
  ])('finds %j on line %d', (path, line) => {
    expect(positions.lineOf(path)).toBe(line);
  });

  it('finds keys that are there twice', () => {
    expect(positions.duplicates).toEqual([{ path: ['metadata', 'labels', 'app'], line: 7, firstLine: 6 }]);
  });
});

/** The published JSON Schema of helm-cd.yaml and the loader say the same, at the same place. */
import { describe, expect, it } from '@jest/globals';
import { Ajv, type ErrorObject } from 'ajv';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LineCounter, isMap, isSeq, parseDocument, stringify } from 'yaml';
import { parseConfig } from '../../src/config/parse.js';
import { HelmCdError } from '../../src/core/errors.js';
import { projectRoot } from '../support/services.js';

interface Schema {
  readonly $id?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
}

const text = readFileSync(path.join(projectRoot, 'schema/helm-cd.schema.json'), 'utf8');
const schema = JSON.parse(text) as Schema;
const validate = new Ajv({ allErrors: true }).compile(schema);

/** The schemas of all keys, by path. */
function keysOf(node: Schema, at = ''): readonly (readonly [string, Schema])[] {
  const children = Object.entries(node.properties ?? {});
  if (typeof node.additionalProperties === 'object') children.push(['*', node.additionalProperties]);
  return children.flatMap(([name, child]) => [[`${at}/${name}`, child] as const, ...keysOf(child, `${at}/${name}`)]);
}

describe('schema/helm-cd.schema.json', () => {
  it.each(keysOf(schema))('describes %s', (_, { description }) => {
    expect(description).toMatch(/^.{10,}\.$/s);
  });

  it('has an address of its own, and no place of the machine that made it', () => {
    expect(schema.$id).toMatch(/^https:\/\/[^/]+\/helm-cd\/helm-cd\/v1\/schema\/helm-cd\.schema\.json$/);
    expect(text).not.toContain(projectRoot);
    expect(text).not.toContain('file://"');
  });

  it('has examples that it accepts, and the loader, too', () => {
    expect(schema.examples?.length).toBeGreaterThan(0);
    for (const example of schema.examples ?? []) {
      expect([validate(example), validate.errors]).toEqual([true, null]);
      expect(parseConfig('helm-cd.yaml', stringify(example)).environments.length).toBeGreaterThan(1);
    }
  });
});

/** A file that says everything. */
const FULL = {
  charts: {
    shop: {
      path: 'charts/shop',
      release: 'store',
      images: { 'ghcr.io/acme/api': ['values.yaml#/api/image/tag'] },
      environments: { develop: { values: ['a.yaml'], bump: { version: 'minor' } } },
    },
  },
  validate: { parity: { ignore: ['replicas'] } },
  environments: {
    develop: {
      branch: 'develop',
      repository: 's3://charts/develop',
      mode: 'deployment',
      values: ['env/develop.yaml'],
      secrets: ['env/develop.sops.yaml'],
      kubernetes: ['1.35', 'v1.36.1'],
      cluster: { context: 'develop', namespace: 'shop' },
      retention: { count: 3, prereleases: 1, age: '90d', keep: ['1.0.0'] },
      deploy: { versions: '>=1.0.0', 'min-age': '1h' },
      bump: { strategy: 'direct', tags: '*', order: 'numeric', 'order-pattern': '^r-(\\d+)$', version: 'patch' },
    },
    production: { 'promote-from': 'develop', repository: 'oci://ghcr.io/acme/charts', mode: 'delivery' },
  },
};

type Path = readonly (string | number)[];

function pathsOf(node: unknown, at: Path = []): readonly Path[] {
  if (Array.isArray(node)) return [at, ...node.flatMap((item, index) => pathsOf(item, [...at, index]))];
  if (typeof node !== 'object' || node === null) return [at];
  return [at, ...Object.entries(node).flatMap(([key, child]) => pathsOf(child, [...at, key]))];
}

/** The content with something else at one place. */
function changed(path: Path, change: Change): unknown {
  const copy = structuredClone(FULL) as unknown;
  const [last, ...before] = [...path].reverse();
  let parent = copy as Record<string | number, unknown>;
  for (const key of before.reverse()) parent = parent[key] as Record<string | number, unknown>;
  if (last === undefined) return change.kind === 'value' ? change.value : copy;
  if (change.kind === 'value') parent[last] = change.value;
  else if (change.kind === 'removed') {
    if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else Reflect.deleteProperty(parent, last);
  } else if (!Array.isArray(parent)) parent[change.key] = change.value;
  return copy;
}

type Change =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'removed' }
  | { readonly kind: 'added'; readonly key: string; readonly value: unknown };

const anything = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, '', 'x', '1.36', [], [''], ['x'], [1], {}, { x: 1 }),
  fc.jsonValue({ maxDepth: 2 }),
);
const aChange: fc.Arbitrary<Change> = fc.oneof(
  anything.map((value) => ({ kind: 'value' as const, value })),
  fc.constant({ kind: 'removed' as const }),
  fc.record({
    kind: fc.constant('added' as const),
    key: fc.constantFrom('brnach', 'x', 'values', 'Mode', 'promote_from', 'repository', 'image'),
    value: anything,
  }),
);

/** The line where a person finds what an error is about: of the key, else of the nearest parent. */
function lineOf(yaml: string, error: ErrorObject): number {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines });
  const extra = error.keyword === 'additionalProperties' ? [String(error.params['additionalProperty'])] : [];
  const pointer = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'));
  let line = 1;
  let node: unknown = document.contents;
  for (const key of [...pointer, ...extra]) {
    if (isMap(node)) {
      const pair = node.items.find((item) => String((item.key as { value?: unknown }).value) === key);
      const offset = (pair?.key as { range?: readonly number[] } | undefined)?.range?.[0];
      if (offset !== undefined) line = lines.linePos(offset).line;
      node = pair?.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(key)] as { range?: readonly number[] } | undefined;
      if (item?.range?.[0] !== undefined) line = lines.linePos(item.range[0]).line;
      node = item;
    }
  }
  return line;
}

/** What the loader refuses beyond the schema. */
const BEYOND =
  /has both branch and promote-from|has neither branch|have the same branch|unknown environment|in a circle|order|is no path|regular expression|retention|deploy\.|bump\.tags|is no valid YAML/;

describe('the loader', () => {
  it('accepts the file that says everything', () => {
    expect([validate(FULL), validate.errors]).toEqual([true, null]);
    expect(parseConfig('helm-cd.yaml', stringify(FULL)).charts).toHaveLength(1);
  });

  it('refuses what the schema refuses, at the place where it does, and nothing else but what no schema can say', () => {
    fc.assert(
      fc.property(fc.constantFrom(...pathsOf(FULL)), aChange, (at, change) => {
        const content = changed(at, change);
        const yaml = stringify(content);
        const isFine = validate(content);
        const errors = [...(validate.errors ?? [])];
        let refused: unknown;
        try {
          parseConfig('helm-cd.yaml', yaml);
        } catch (error) {
          refused = error;
        }
        if (isFine) {
          if (refused !== undefined) expect((refused as HelmCdError).message).toMatch(BEYOND);
          return;
        }
        expect(refused).toBeInstanceOf(HelmCdError);
        expect(refused).toMatchObject({ code: 'config', place: { file: 'helm-cd.yaml' } });
        expect(errors.map((error) => lineOf(yaml, error))).toContain((refused as HelmCdError).place?.line);
      }),
      { numRuns: 400 },
    );
  });
});

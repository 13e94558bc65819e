import { describe, expect, it } from '@jest/globals';
import { plainKind, unknownReference } from '../../../src/schemas/json-schemas.js';
import { openSchemaPacks } from '../../../src/schemas/packs.js';
import { createSchemaLibrary } from '../../../src/schemas/validator.js';
import { projectRoot } from '../../support/services.js';

const packs = openSchemaPacks(projectRoot);
const libraries = { strict: createSchemaLibrary(packs, true), lenient: createSchemaLibrary(packs, false) };
const KIND = 'example.com/v1/Widget';

async function problemsOf(
  schema: object,
  fields: object,
  library: keyof typeof libraries = 'strict',
): Promise<readonly string[]> {
  const validator = await libraries[library].validator(36, [plainKind(KIND, schema)]);
  const object = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a' }, ...fields };
  const verdict = validator.check(object, KIND);
  return verdict.status === 'checked' ? verdict.problems.map(({ message }) => message) : [verdict.message];
}

const spec = (schema: object, more: object = {}) => ({
  type: 'object',
  properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' }, spec: schema },
  ...more,
});

describe('plain JSON Schemas', () => {
  it.each<[string, object, unknown, string[]]>([
    [
      'fields that it does not name',
      { type: 'object', properties: { size: { type: 'integer' } } },
      { sizes: 1 },
      ['unknown field spec.sizes, did you mean "size"?'],
    ],
    [
      'fields where it says that there are others',
      { type: 'object', properties: { size: {} }, additionalProperties: true },
      { sizes: 1 },
      [],
    ],
    ['fields where it names none', { type: 'object' }, { sizes: 1 }, []],
    [
      'fields that are preserved',
      { type: 'object', properties: { size: {} }, 'x-kubernetes-preserve-unknown-fields': true },
      { sizes: 1 },
      [],
    ],
    [
      'fields of a value that several schemas describe',
      { type: 'object', properties: { a: {} }, allOf: [{ properties: { b: { type: 'string' } } }] },
      { a: 1, b: 2, c: 3 },
      ['spec.b is an integer, must be text: quote it'],
    ],
    [
      'fields of alternatives that name no others',
      { type: 'object', properties: { a: {}, b: {} }, oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      { a: 1, other: 3 },
      ['unknown field spec.other'],
    ],
    ['a type', { type: 'string' }, 5, ['spec is an integer, must be text: quote it']],
    ['a type as a list', { type: ['string', 'null'] }, null, []],
    ['nullable', { type: 'string', nullable: true, enum: ['a'] }, null, []],
    ['null for a field that is not there', { type: 'string' }, null, []],
    ['null where alternatives have it', { oneOf: [{ type: 'null' }, { type: 'string' }] }, null, []],
    ['null in a list', { type: 'array', items: { type: 'string' } }, [null], ['spec[0] is nothing, must be text']],
    [
      'null for what is required',
      { type: 'object', required: ['a'], properties: { a: { type: 'string' } } },
      { a: null },
      ['required field spec.a is missing'],
    ],
    ['an int-or-string', { 'x-kubernetes-int-or-string': true }, {}, ['spec is a map, must be an integer or text']],
    [
      'an int-or-string in so many words',
      {
        'x-kubernetes-int-or-string': true,
        allOf: [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, { pattern: '^a' }],
      },
      true,
      ['spec is true or false, must be an integer or text: quote it'],
    ],
    ['alternatives of types', { oneOf: [{ type: 'string' }, { type: 'integer' }] }, 5, []],
    ['limits of draft 4', { type: 'integer', minimum: 1, exclusiveMinimum: true }, 1, ['spec must be > 1']],
    ['a pattern', { type: 'string', pattern: '^[a-z]+$' }, 'A', ['spec does not match the pattern ^[a-z]+$']],
    ['a pattern that is not JavaScript', { type: 'string', pattern: '(?i)a[' }, 'A', []],
    ['a constant', { const: 'a' }, 'b', ['spec is none of a']],
    [
      'keys by pattern',
      { type: 'object', patternProperties: { '^a': { type: 'string' } } },
      { ab: 1, b: 1 },
      ['spec.ab is an integer, must be text: quote it'],
    ],
    [
      'what is required',
      { type: 'object', required: ['a'], properties: { a: {} } },
      {},
      ['required field spec.a is missing'],
    ],
  ])('%s', async (_name, schema, value, problems) => {
    expect(await problemsOf(spec(schema), { spec: value })).toEqual(problems);
  });

  it('follow references in themselves', async () => {
    const schema = spec(
      { $ref: '#/definitions/part' },
      { definitions: { part: { type: 'object', properties: { next: { $ref: '#/definitions/part' } } } } },
    );
    expect(await problemsOf(schema, { spec: { next: { next: {} } } })).toEqual([]);
    expect(await problemsOf(schema, { spec: { next: { nxt: {} } } })).toEqual([
      'unknown field spec.next.nxt, did you mean "next"?',
    ]);
  });

  it('leave a definition open that is one of several schemas of a value', async () => {
    const schema = spec(
      { allOf: [{ $ref: '#/definitions/a' }, { properties: { b: {} } }] },
      { definitions: { a: { type: 'object', properties: { a: {} } } } },
    );
    expect(await problemsOf(schema, { spec: { a: 1, b: 2 } })).toEqual([]);
  });

  it('say what is wrong with metadata, nothing about status, and know fields named like keywords', async () => {
    const schema = spec(
      {
        type: 'object',
        properties: { $ref: { type: 'string' }, properties: { type: 'string' }, type: { type: 'string' } },
      },
      { required: ['spec', 'status'] },
    );
    const withStatus = { ...schema, properties: { ...schema.properties, status: { type: 'object' } } };
    const object = { metadata: { name: 'a', label: {} }, spec: { $ref: 'a', properties: 'b', type: 'c' }, status: 7 };
    expect(await problemsOf(withStatus, object)).toEqual(['unknown field metadata.label, did you mean "labels"?']);
  });

  it('are as open as they say when not strict', async () => {
    const schema = spec({ type: 'object', properties: { a: {} } });
    expect(await problemsOf(schema, { spec: { b: 1 } }, 'lenient')).toEqual([]);
  });

  it('that cannot be used are no schema', async () => {
    expect(await problemsOf(spec({ $ref: '#/definitions/none' }), {})).toEqual([
      expect.stringMatching(/^the schema of example\.com\/v1 Widget cannot be used \(.*#\/definitions\/none/),
    ]);
  });

  it('tell nothing of other versions of their kind', async () => {
    const validator = await libraries.strict.validator(36, [plainKind(KIND, spec({}))]);
    expect(validator.check({}, 'example.com/v2/Widget')).toEqual({
      status: 'no-schema',
      message: 'there is no schema for example.com/v2 Widget',
    });
    expect(validator.isNamespaced(KIND)).toBeUndefined();
  });
});

describe('unknownReference', () => {
  it.each<[object, string | undefined]>([
    [{ properties: { a: { $ref: '#/definitions/a' } } }, undefined],
    [
      { properties: { a: { items: [{ $ref: '_definitions.json#/definitions/a' }] } } },
      '_definitions.json#/definitions/a',
    ],
    [{ properties: { $ref: { type: 'string' } } }, undefined],
  ])('%j', (schema, expected) => {
    expect(unknownReference(schema)).toBe(expected);
  });
});

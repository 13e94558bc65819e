import { Ajv, type AnySchema, type FuncKeywordDefinition, type SchemaValidateFunction } from 'ajv';
import { explainError, type SchemaProblem } from './explain.js';
import { KUBERNETES_FORMATS } from './formats.js';

/** Problems of an object; none when it is valid. */
export type Check = (object: unknown) => readonly SchemaProblem[];

/** More of one object's problems than anybody reads. */
const MAX_PROBLEMS = 50;

function keyword(
  name: string,
  type: 'object' | 'array',
  find: (schema: unknown, data: unknown) => readonly Record<string, unknown>[],
): FuncKeywordDefinition {
  const validate: SchemaValidateFunction = (schema: unknown, data: unknown) => {
    const problems = find(schema, data);
    if (problems.length === 0) return true;
    validate.errors = problems.map((params) => ({ keyword: name, params }));
    return false;
  };
  return { keyword: name, type, validate, errors: true };
}

/** Fields that must be there, and not be null. */
const needs = keyword('needs', 'object', (names, data) =>
  (names as readonly string[])
    .filter((name) => {
      const value = (data as Record<string, unknown>)[name];
      return value === undefined || value === null;
    })
    .map((missingProperty) => ({ missingProperty })),
);

const noNulls = keyword('noNulls', 'array', (_schema, data) =>
  (data as readonly unknown[]).flatMap((item, index) => (item === null ? [{ index }] : [])),
);

/** Entries of a list that Kubernetes keeps as a map must differ in these fields. */
const uniqueBy = keyword('uniqueBy', 'array', (keys, data) => {
  const names = keys as readonly string[];
  const seen = new Map<string, number>();
  return (data as readonly unknown[]).flatMap((item, index) => {
    if (typeof item !== 'object' || item === null) return [];
    const values = names.map((name) => (item as Record<string, unknown>)[name]);
    // A key that is left out may get any default.
    if (values.some((value) => value === undefined || value === null)) return [];
    const key = JSON.stringify(values);
    const first = seen.get(key);
    if (first !== undefined) return [{ index, first, keys: names }];
    seen.set(key, index);
    return [];
  });
});

/** Turns JSON Schemas into checks. */
export interface SchemaCompiler {
  /** Makes a schema's definitions known under a name: `NAME#/definitions/x`. */
  add(name: string, schema: AnySchema): void;
  compile(schema: AnySchema): Check;
}

/** A compiler of its own: names that are added to it are known to it alone. */
export function createSchemaCompiler(): SchemaCompiler {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: false,
    validateSchema: false,
    ownProperties: true,
    // Patterns of CustomResourceDefinitions are Go's, and need not be valid with JavaScript's u flag.
    unicodeRegExp: false,
    formats: KUBERNETES_FORMATS,
    keywords: [needs, noNulls, uniqueBy],
    logger: false,
  });
  return {
    add(name, schema) {
      ajv.addSchema(schema, name);
    },
    compile(schema) {
      const validate = ajv.compile(schema);
      return (object) => {
        if (validate(object) === true) return [];
        const problems: SchemaProblem[] = [];
        const seen = new Set<string>();
        for (const error of validate.errors ?? []) {
          const problem = explainError(error, object);
          if (problem === undefined || seen.has(problem.message)) continue;
          seen.add(problem.message);
          problems.push(problem);
          if (problems.length === MAX_PROBLEMS) break;
        }
        return problems;
      };
    },
  };
}

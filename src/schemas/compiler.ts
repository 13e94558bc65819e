import {
  Ajv,
  type ErrorObject,
  type FuncKeywordDefinition,
  type SchemaValidateFunction,
  type ValidateFunction,
} from 'ajv';
import type { DataValidateFunction, DataValidationCxt } from 'ajv/dist/types/index.js';
import { explainError, type SchemaProblem } from './explain.js';
import { KUBERNETES_FORMATS } from './formats.js';
import type { JsonSchema } from './json-schema.js';

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

/** The definitions that a schema refers to, compiled. It is what generated code has as its `this`. */
interface Scope {
  validate(definition: string): ValidateFunction;
  compile(schema: JsonSchema): ValidateFunction;
}

/**
 * `definition: NAME` stands for a definition of the scope. Other than by `$ref` it is compiled when an object first has
 * something to compare with it: of what a Pod may have most objects have little.
 */
const definition: FuncKeywordDefinition = {
  keyword: 'definition',
  errors: true,
  schemaType: 'string',
  compile(name: string) {
    let scope: Scope | undefined;
    let validate: ValidateFunction | undefined;
    const check: DataValidateFunction = function (this: unknown, data: unknown, context?: DataValidationCxt) {
      // Objects come by Kubernetes version: most have the scope of the one before.
      if (scope !== this || validate === undefined) {
        scope = this as Scope;
        validate = scope.validate(name);
      }
      if (validate.call(scope, data, context)) return true;
      check.errors = validate.errors as Partial<ErrorObject>[];
      return false;
    };
    return check;
  },
};

/** What `fields` holds: an object's fields, and whether it may have no others. */
export interface Fields {
  readonly known: Readonly<Record<string, JsonSchema>>;
  readonly closed: boolean;
}

/**
 * `fields` is `properties` and `additionalProperties: false`, with each field compiled when an object first has it: code for
 * all forty fields of a pod's specification takes longer to make than to run.
 */
const fields: FuncKeywordDefinition = {
  keyword: 'fields',
  type: 'object',
  errors: true,
  schemaType: 'object',
  compile({ known, closed }: Fields) {
    const own = new Map<string, ValidateFunction>();
    const names = new Map<string, string>();
    for (const [key, { definition: name, ...others }] of Object.entries(known))
      if (typeof name === 'string' && Object.keys(others).length === 0) names.set(key, name);
    const check: DataValidateFunction = function (this: unknown, data: unknown, context?: DataValidationCxt) {
      const scope = this as Scope;
      const object = data as Record<string, unknown>;
      const unknown: Partial<ErrorObject>[] = [];
      const inFields: Partial<ErrorObject>[] = [];
      // Paths are made for what is wrong only.
      const instancePath = context?.instancePath ?? '';
      for (const key of Object.keys(object)) {
        const schema = Object.hasOwn(known, key) ? known[key] : undefined;
        if (schema === undefined) {
          const params = { additionalProperty: key };
          const parentSchema = { properties: known };
          if (closed) unknown.push({ keyword: 'additionalProperties', instancePath, params, parentSchema });
          continue;
        }
        let validate = own.get(key);
        if (validate === undefined) {
          // A name stands for different schemas in different scopes.
          const name = names.get(key);
          if (name === undefined) own.set(key, (validate = scope.compile(schema)));
          else validate = scope.validate(name);
        }
        if (validate.call(scope, object[key])) continue;
        for (const error of validate.errors ?? [])
          inFields.push({ ...error, instancePath: `${instancePath}/${key}${error.instancePath}` });
      }
      check.errors = [...unknown, ...inFields];
      return check.errors.length === 0;
    };
    return check;
  },
};

/** Schemas that refer to each other's names. */
export interface SchemaScope {
  /** The check of a schema, in which `definition` names others. */
  compile(schema: JsonSchema): Check;
  /** The check of a definition. */
  check(definition: string): Check;
}

/** Turns JSON Schemas into checks. What is the same in several scopes is compiled once. */
export interface SchemaCompiler {
  /** @param definitionOf the schema that a name stands for; it is asked once for each. */
  scope(definitionOf: (name: string) => JsonSchema): SchemaScope;
}

function toProblems(errors: readonly ErrorObject[], object: unknown): readonly SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const seen = new Set<string>();
  for (const error of errors) {
    const problem = explainError(error, object);
    if (problem === undefined || seen.has(problem.message)) continue;
    seen.add(problem.message);
    problems.push(problem);
    if (problems.length === MAX_PROBLEMS) break;
  }
  return problems;
}

export function createSchemaCompiler(): SchemaCompiler {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: false,
    validateSchema: false,
    ownProperties: true,
    passContext: true,
    // Patterns of CustomResourceDefinitions are Go's, and need not be valid with JavaScript's u flag.
    unicodeRegExp: false,
    // It takes longer than what it saves.
    code: { optimize: false },
    formats: KUBERNETES_FORMATS,
    keywords: [needs, noNulls, uniqueBy, definition, fields],
    logger: false,
  });
  const compiled = new Map<string, ValidateFunction>();
  const compile = (schema: JsonSchema) => {
    const key = JSON.stringify(schema);
    const validate = compiled.get(key) ?? ajv.compile(schema);
    compiled.set(key, validate);
    return validate;
  };
  return {
    scope(definitionOf) {
      const known = new Map<string, ValidateFunction>();
      const scope: Scope = {
        compile,
        validate(name) {
          let validate = known.get(name);
          if (validate === undefined) {
            validate = compile(definitionOf(name));
            known.set(name, validate);
          }
          return validate;
        },
      };
      const checkWith =
        (validate: ValidateFunction): Check =>
        (object) =>
          validate.call(scope, object) ? [] : toProblems(validate.errors ?? [], object);
      return { compile: (schema) => checkWith(compile(schema)), check: (name) => checkWith(scope.validate(name)) };
    },
  };
}

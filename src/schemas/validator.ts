import { messageOf } from '../core/errors.js';
import { groupOf } from '../core/release-manifest.js';
import { explainAbsence, explainDeprecation } from './api-lifecycle.js';
import { createSchemaCompiler, type Check, type SchemaCompiler, type SchemaScope } from './compiler.js';
import { customSchema, type CustomKind } from './crds.js';
import { withoutNulls } from './custom-nulls.js';
import type { SchemaProblem } from './explain.js';
import { definitionSchema } from './from-openapi.js';
import { plainSchema } from './json-schemas.js';
import { apiVersionOf, formatKind, nameOf } from './kind-names.js';
import type { ApiLifecycle, SchemaPack, SchemaPacks } from './packs.js';

/** What is known about an object after looking at it. */
export type Verdict =
  /** Compared with its schema. */
  | { readonly status: 'checked'; readonly problems: readonly SchemaProblem[]; readonly rulesSkipped?: number }
  /** The Kubernetes version does not have this kind, and no CustomResourceDefinition can bring it. */
  | { readonly status: 'not-served'; readonly removed: boolean; readonly message: string }
  /** A custom resource whose schema is not known. */
  | { readonly status: 'no-schema'; readonly message: string };

export interface Deprecation {
  readonly message: string;
}

/** Checks objects for one Kubernetes version, with the custom resources of one chart. */
export interface Validator {
  /** @param kind `apps/v1/Deployment`: the object's own, or for an item of a typed list the list's. */
  check(object: Readonly<Record<string, unknown>>, kind: string): Verdict;
  /** Whether the kind still exists but is going to go. */
  deprecation(kind: string): Deprecation | undefined;
  /** Whether the kind is one of Kubernetes' own. */
  isBuiltIn(kind: string): boolean;
  /** Whether objects of the kind live in a namespace; nothing when that is not known. */
  isNamespaced(kind: string): boolean | undefined;
  /** Kinds that a cluster of this version serves, for `.Capabilities.APIVersions`: `apps/v1/Deployment`, `apps/v1`. */
  readonly apiVersions: readonly string[];
}

/** What a custom kind's objects are checked by, or why there is nothing. */
type CustomCheck = { readonly check: Check } | { readonly unusable: string };

/** The schemas of one Kubernetes minor, compiled when they are first needed, and once. */
interface CompiledPack {
  readonly pack: SchemaPack;
  check(kind: string): Check | undefined;
  customCheck(kind: CustomKind): CustomCheck;
}

function compilePack(pack: SchemaPack, compiler: SchemaCompiler, strict: boolean): CompiledPack {
  const scope = compiler.scope((name) => definitionSchema(pack, name, strict));
  const checks = new Map<string, Check>();
  const custom = new WeakMap<CustomKind, CustomCheck>();
  return {
    pack,
    check(kind) {
      const known = Object.hasOwn(pack.kinds, kind) ? pack.kinds[kind] : undefined;
      if (known === undefined) return undefined;
      const check = checks.get(kind) ?? scope.check(known.schema);
      checks.set(kind, check);
      return check;
    },
    customCheck(kind) {
      const check = custom.get(kind) ?? compileCustom(kind, scope, strict);
      custom.set(kind, check);
      return check;
    },
  };
}

function compileCustom({ dialect, schema }: CustomKind, scope: SchemaScope, strict: boolean): CustomCheck {
  try {
    const check = scope.compile((dialect === 'plain' ? plainSchema : customSchema)(schema, strict));
    return { check: (object) => check(withoutNulls(object, schema)) };
  } catch (error) {
    return { unusable: messageOf(error) };
  }
}

/** Before 1.24 a beta API was served without asking. */
const LAST_MINOR_WITH_BETAS_ON = 23;

function servedKinds(pack: SchemaPack, lifecycle: Readonly<Record<string, ApiLifecycle>>): readonly string[] {
  const kinds = Object.entries(pack.kinds).flatMap(([kind, { namespaced }]) => {
    if (namespaced === undefined || /\/v\d+alpha\d+\//.test(kind)) return [];
    const beta = /\/v\d+beta\d+\//.test(kind);
    return beta && (lifecycle[kind]?.introduced ?? Infinity) > LAST_MINOR_WITH_BETAS_ON ? [] : [kind];
  });
  return [...new Set(kinds.flatMap((kind) => [apiVersionOf(kind), kind]))];
}

/** Makes validators; what they compile is shared. */
export interface SchemaLibrary {
  /** @param customKinds of the chart's CustomResourceDefinitions and of `schemas`. */
  validator(minor: number, customKinds: readonly CustomKind[]): Promise<Validator>;
}

export function createSchemaLibrary(packs: SchemaPacks, strict: boolean): SchemaLibrary {
  const compiler = createSchemaCompiler();
  const compiled = new Map<number, Promise<CompiledPack>>();
  return {
    async validator(minor, customKinds) {
      const pending = compiled.get(minor) ?? packs.pack(minor).then((pack) => compilePack(pack, compiler, strict));
      compiled.set(minor, pending);
      const own = await pending;
      const lifecycle = await packs.lifecycle();
      const newest = (await packs.minors()).at(-1) ?? minor;
      const newer = newest > minor ? await packs.pack(newest) : undefined;
      const custom = new Map(customKinds.map((item) => [item.kind, item]));
      return {
        apiVersions: [
          ...servedKinds(own.pack, lifecycle),
          ...customKinds.filter(({ served }) => served).flatMap(({ kind }) => [apiVersionOf(kind), kind]),
        ],
        check(object, kind) {
          const check = own.check(kind);
          if (check !== undefined) return { status: 'checked', problems: check(object) };
          const definition = custom.get(kind);
          if (definition !== undefined) {
            if (!definition.served) {
              return {
                status: 'not-served',
                removed: false,
                message: `${formatKind(kind)} is declared but not served`,
              };
            }
            if (definition.schema === undefined) {
              return {
                status: 'no-schema',
                message: `the CustomResourceDefinition has no schema of ${formatKind(kind)}`,
              };
            }
            const compiled = own.customCheck(definition);
            if ('unusable' in compiled) {
              const message = `the schema of ${formatKind(kind)} cannot be used (${compiled.unusable})`;
              return { status: 'no-schema', message };
            }
            return { status: 'checked', problems: compiled.check(object), rulesSkipped: definition.rules };
          }
          const group = groupOf(apiVersionOf(kind));
          const declared = customKinds.filter((item) => item.group === group && item.dialect === 'structural');
          const sibling = declared.find((item) => nameOf(item.kind) === nameOf(kind));
          if (sibling !== undefined) {
            return {
              status: 'not-served',
              removed: false,
              message: `${formatKind(kind)} is not declared by its CustomResourceDefinition, which has ${apiVersionOf(sibling.kind)}`,
            };
          }
          const absence = explainAbsence(kind, minor, own.pack, lifecycle, newer);
          return absence === undefined
            ? { status: 'no-schema', message: `there is no schema for ${formatKind(kind)}` }
            : { status: 'not-served', ...absence };
        },
        deprecation(kind) {
          const warning = custom.get(kind)?.deprecation;
          if (warning !== undefined) return { message: warning };
          const message = explainDeprecation(kind, minor, own.pack, lifecycle);
          return message === undefined ? undefined : { message };
        },
        isBuiltIn: (kind) => Object.hasOwn(own.pack.kinds, kind),
        isNamespaced(kind) {
          const known = Object.hasOwn(own.pack.kinds, kind) ? own.pack.kinds[kind] : undefined;
          return known === undefined ? custom.get(kind)?.namespaced : known.namespaced;
        },
      };
    },
  };
}

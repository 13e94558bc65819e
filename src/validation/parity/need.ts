/** Whether an environment that does not set a value lacks it. */
import {
  defaultState,
  hasValue,
  isMap,
  mergeValues,
  valueAt,
  type DefaultState,
  type ValuePath,
} from '../../core/values-parity.js';
import type { EnvironmentValues } from './environment-values.js';
import type { KnownValues } from './known-values.js';

/** Why a value is missed, or why it is not. */
export type Need =
  { readonly needed: true; readonly why: Exclude<DefaultState, 'usable'> } | { readonly needed: false };

/**
 * What charts and Kubernetes do without, by the names that they commonly have: annotations that differ are no mistake.
 */
const OPTIONAL =
  /(?:annotations|labels|selector|resources|limits|requests|tolerations?|affinity|securityContext|topologySpreadConstraints|imagePullSecrets|strategy|probe|hostAliases|dnsConfig|(?:name|fullname|namespace)Override|(?:priority|runtime|storage|ingress)ClassName|storageClass|^className|schedulerName|loadBalancerIP|clusterIP|loadBalancerSourceRanges|^existing[A-Z]\w*)$/i;

/** Maps and lists whose keys are the names of variables and settings, by their own names. */
const VARIABLES =
  /(?:env|envs|environment|envvars?|env_vars?|envfrom|config|configs|configmap|configuration|settings|variables|vars|properties|secrets?|credentials|parameters|params|data|flags)$/i;
/** The keys of manifests below which variables and settings stand. */
const VARIABLE_FIELDS: ReadonlySet<string> = new Set(['env', 'envFrom', 'data', 'stringData', 'binaryData']);
/** Keys that switch what is beside them on and off. */
const SWITCHES = ['enabled', 'create'] as const;

const NOT_NEEDED: Need = { needed: false };

/** Whether charts commonly do without such a value. */
function isOptional(path: ValuePath): boolean {
  return path.some((key) => OPTIONAL.test(key));
}

/** Answers for one environment. */
export class Needs {
  private readonly environment: EnvironmentValues;
  private readonly known: KnownValues;
  private readonly effective: Readonly<Record<string, unknown>>;

  constructor(environment: EnvironmentValues, known: KnownValues) {
    this.environment = environment;
    this.known = known;
    this.effective = mergeValues([known.defaults, environment.values]);
  }

  /** Whether the value belongs to something that this environment has switched off. */
  isOff(path: ValuePath): boolean {
    const off = path.some((_, index) => {
      const above = valueAt(this.effective, path.slice(0, index));
      return index > 0 && isMap(above) && SWITCHES.some((key) => above[key] === false && path[index] !== key);
    });
    if (off) return true;
    return this.known.conditions.some(
      ({ mount, path: condition }) =>
        mount.every((key, index) => path[index] === key) && valueAt(this.effective, condition) === false,
    );
  }

  /** @param path a value that others set and this environment does not. */
  of(path: ValuePath): Need {
    const { known } = this;
    if (!known.isKnown(path) || this.isOff(path)) return NOT_NEEDED;
    const why = defaultState(known.defaults, path);
    if (why === 'usable' || known.uses.hasDefault(path)) return NOT_NEEDED;
    const map = this.freeMapOf(path);
    // A variable may have any name, RATE_LIMITS too.
    if (map !== undefined && this.holdsVariables(map) && !isOptional(map)) return { needed: true, why };
    if (isOptional(path)) return NOT_NEEDED;
    if (map === undefined) return { needed: true, why };
    // A list's item is no key that anybody would have to add.
    const isItem = path.at(-1)?.startsWith('[') === true;
    return this.environment.sets(map) && !isItem ? { needed: true, why } : NOT_NEEDED;
  }

  /** The nearest map above whose keys are free; nothing when a template or a default names the value. */
  private freeMapOf(path: ValuePath): ValuePath | undefined {
    const { uses, defaults } = this.known;
    if (hasValue(defaults, path) || uses.isNamed(path)) return undefined;
    for (let length = path.length - 1; length > 0; length--) {
      const map = path.slice(0, length);
      const value = valueAt(defaults, map);
      if (uses.isWhole(map) || (hasValue(defaults, map) && !(isMap(value) && Object.keys(value).length > 0)))
        return map;
    }
    return undefined;
  }

  private holdsVariables(map: ValuePath): boolean {
    if (map.some((key) => VARIABLES.test(key))) return true;
    return [...this.known.uses.fieldsOf(map)].some((field) => VARIABLE_FIELDS.has(field));
  }
}

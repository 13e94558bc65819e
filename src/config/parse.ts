import { Ajv, type ErrorObject } from 'ajv';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { HelmCdError, type Place } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import { CONFIG_SCHEMA } from './schema.js';
import type { BumpPolicy, ChartConfig, Config, EnvironmentConfig } from './types.js';

const DEFAULT_BUMP: BumpPolicy = { strategy: 'auto', tags: '*', version: 'auto' };

interface RawEnvironment {
  readonly branch?: string;
  readonly 'promote-from'?: string;
  readonly repository?: string;
  readonly mode?: 'deployment' | 'delivery';
  readonly values?: readonly string[];
  readonly secrets?: readonly string[];
  readonly kubernetes?: readonly string[];
  readonly cluster?: EnvironmentConfig['cluster'];
  readonly bump?: Partial<BumpPolicy>;
}

interface RawChart {
  readonly path: string;
  readonly release?: string;
  readonly images?: Readonly<Record<string, readonly string[]>>;
  readonly environments?: Readonly<Record<string, RawEnvironment>>;
}

interface RawConfig {
  readonly charts?: Readonly<Record<string, RawChart>>;
  readonly environments: Readonly<Record<string, RawEnvironment>>;
}

type Pointer = readonly string[];

const schemaValidator = new Ajv({ allErrors: true, strict: false }).compile(CONFIG_SCHEMA);

/** Turns paths of the parsed file into places, and problems into errors at those places. */
class ConfigFile {
  readonly file: string;
  private readonly document: Document;
  private readonly lines: LineCounter;

  constructor(file: string, text: string) {
    this.file = file;
    this.lines = new LineCounter();
    this.document = parseDocument(text, { lineCounter: this.lines, uniqueKeys: true });
    const [problem] = this.document.errors;
    if (problem !== undefined) {
      const { line, col } = this.lines.linePos(problem.pos[0]);
      throw new HelmCdError(
        'config',
        `${file} is no valid YAML: ${problem.message.split('\n')[0]?.replace(/ at line.*/, '')}`,
        {
          place: { file, line, column: col },
        },
      );
    }
  }

  content(): unknown {
    return this.document.toJS({ maxAliasCount: 100 }) as unknown;
  }

  /** The place of a path's key (or list item), or of the nearest parent that exists. */
  placeOf(pointer: Pointer): Place {
    for (let length = pointer.length; length > 0; length--) {
      const parent = length === 1 ? this.document.contents : this.document.getIn(pointer.slice(0, length - 1), true);
      const offset = offsetIn(parent, pointer[length - 1] ?? '');
      if (offset === undefined) continue;
      const { line, col } = this.lines.linePos(offset);
      return { file: this.file, line, column: col };
    }
    return { file: this.file, line: 1 };
  }

  fail(pointer: Pointer, message: string, hint?: string): never {
    throw new HelmCdError('config', `${this.file}: ${message}`, {
      place: this.placeOf(pointer),
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** The offset of a key of a map or an item of a list; nothing for other nodes or when it is not there. */
function offsetIn(parent: unknown, key: string): number | undefined {
  const items = (parent as { items?: readonly unknown[] } | null)?.items;
  if (items === undefined) return undefined;
  for (const [index, item] of items.entries()) {
    const pair = item as { key?: { value?: unknown; range?: readonly number[] }; range?: readonly number[] };
    if (pair.key !== undefined && String(pair.key.value) === key) return pair.key.range?.[0];
    if (pair.key === undefined && String(index) === key) return pair.range?.[0];
  }
  return undefined;
}

function explain(error: ErrorObject, pointer: Pointer): { pointer: Pointer; message: string; hint?: string } {
  const where = pointer.length === 0 ? 'the file' : pointer.join('.');
  const params = error.params as Record<string, unknown>;
  if (error.keyword === 'additionalProperties') {
    const key = String(params['additionalProperty']);
    const known = Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {});
    return {
      pointer: [...pointer, key],
      message: `unknown key "${key}"${pointer.length === 0 ? '' : ` in ${where}`}${didYouMean(key, known)}`,
      hint: `Known keys: ${known.join(', ')}.`,
    };
  }
  if (error.keyword === 'required')
    return { pointer, message: `${where} needs "${String(params['missingProperty'])}"` };
  if (error.keyword === 'enum') {
    const values = (params['allowedValues'] as readonly unknown[]).join(', ');
    return { pointer, message: `${where} is none of: ${values}` };
  }
  if (error.keyword === 'type') return { pointer, message: `${where} must be of type ${String(params['type'])}` };
  return { pointer, message: `${where} ${error.message ?? 'is wrong'}` };
}

function partialEnvironment(raw: RawEnvironment, inherited: BumpPolicy): Partial<EnvironmentConfig> {
  const { 'promote-from': promoteFrom, bump, ...same } = raw;
  return {
    ...same,
    ...(promoteFrom === undefined ? {} : { promoteFrom }),
    ...(bump === undefined ? {} : { bump: { ...inherited, ...bump } }),
  };
}

function checkEnvironments(file: ConfigFile, environments: RawConfig['environments']): void {
  const names = Object.keys(environments);
  const branches = new Map<string, string>();
  for (const [name, environment] of Object.entries(environments)) {
    const from = environment['promote-from'];
    const { branch } = environment;
    if (branch !== undefined && from !== undefined) {
      file.fail(
        ['environments', name, 'promote-from'],
        `environment ${name} has both branch and promote-from`,
        'Keep one: it is fed by pushes or by promotion.',
      );
    }
    if (branch === undefined && from === undefined) {
      file.fail(
        ['environments', name],
        `environment ${name} has neither branch nor promote-from`,
        'Say what feeds it.',
      );
    }
    if (branch !== undefined) {
      const other = branches.get(branch);
      if (other !== undefined) {
        file.fail(
          ['environments', name, 'branch'],
          `environments ${other} and ${name} have the same branch "${branch}"`,
        );
      }
      branches.set(branch, name);
    }
    if (from !== undefined && !names.includes(from)) {
      file.fail(
        ['environments', name, 'promote-from'],
        `environment ${name} is promoted from the unknown environment "${from}"${didYouMean(from, names)}`,
      );
    }
  }
  for (const name of names) {
    const seen = [name];
    for (
      let next = environments[name]?.['promote-from'];
      next !== undefined;
      next = environments[next]?.['promote-from']
    ) {
      if (seen.includes(next)) {
        file.fail(['environments', name, 'promote-from'], `promotion goes in a circle: ${[...seen, next].join(' ← ')}`);
      }
      seen.push(next);
    }
  }
}

/**
 * Parses and checks a helm-cd.yaml.
 * @param file the name to use in messages.
 * @throws HelmCdError `config` with the line of the first problem.
 */
export function parseConfig(file: string, text: string): Config {
  const source: ConfigFile = new ConfigFile(file, text);
  const content = source.content();
  if (!schemaValidator(content)) {
    const [first] = schemaValidator.errors ?? [];
    if (first !== undefined) {
      const pointer = first.instancePath
        .split('/')
        .slice(1)
        .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'));
      const problem = explain(first, pointer);
      source.fail(problem.pointer, problem.message, problem.hint);
    }
  }
  const raw = content as RawConfig;
  checkEnvironments(source, raw.environments);

  const environments = Object.entries(raw.environments).map(([name, environment]): EnvironmentConfig => {
    return {
      mode: 'delivery',
      values: [],
      secrets: [],
      kubernetes: [],
      cluster: {},
      bump: DEFAULT_BUMP,
      ...partialEnvironment(environment, DEFAULT_BUMP),
      name,
      repository: environment.repository ?? '',
    };
  });
  const charts = Object.entries(raw.charts ?? {}).map(([name, chart]): ChartConfig => {
    return { name, path: chart.path, release: chart.release ?? name, images: chart.images ?? {} };
  });
  const overrides: Record<string, Record<string, Partial<EnvironmentConfig>>> = {};
  for (const [chart, { environments: changed = {} }] of Object.entries(raw.charts ?? {})) {
    for (const [name, override] of Object.entries(changed)) {
      const base = environments.find((environment) => environment.name === name);
      if (base === undefined) {
        const known = environments.map((environment) => environment.name);
        source.fail(
          ['charts', chart, 'environments', name],
          `chart ${chart} overrides the unknown environment "${name}"${didYouMean(name, known)}`,
        );
      }
      overrides[chart] = { ...overrides[chart], [name]: partialEnvironment(override, base.bump) };
    }
  }
  return { file, charts, environments, overrides };
}

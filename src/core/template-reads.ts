/** Follows values through templates: variables, `with`, `range`, `include` with its arguments, `dict`. */
import type { Pointer } from './json-pointer.js';
import type { Expression } from './template-expression.js';
import { readSteps, type TemplateStep } from './template-steps.js';
import { ANY_KEY, type ValueUses } from './value-uses.js';

/** What an expression may be made of. What comes from elsewhere is of no interest, and is left out. */
type Origin =
  /** The context that templates get: `.Values` and the rest. */
  | { readonly kind: 'root'; readonly mount: Pointer }
  | { readonly kind: 'subcharts'; readonly mount: Pointer }
  | { readonly kind: 'values'; readonly path: Pointer }
  | { readonly kind: 'dict'; readonly entries: Readonly<Record<string, readonly Origin[]>>; readonly size: number };
type Origins = readonly Origin[];

/** Deeper paths and longer chains of includes are loops. */
const DEEPEST = 24;
/** Templates run with other arguments; no chart comes near. */
const MOST_RUNS = 20_000;
/** What one expression may be made of; more is taken for used as a whole. */
const MOST_ORIGINS = 64;
const LARGEST_DICT = 200;
/** Of what is remembered of all runs, in characters. */
const LONGEST_MEMORY = 20_000_000;

/** Take any of their arguments as they are. */
const PASSING = new Set(
  'coalesce or and ternary required merge mustMerge mergeOverwrite mustMergeOverwrite deepCopy mustDeepCopy first last list tuple concat append prepend uniq compact reverse omit set unset without initial rest values'.split(
    ' ',
  ),
);
/** Look at their arguments and give something else. */
const TESTING = new Set(
  'not empty eq ne lt le gt ge has kindIs kindOf typeIs typeOf typeIsLike len isset any all fail contains hasPrefix hasSuffix'.split(
    ' ',
  ),
);

/** The templates of a chart and its subcharts, in the one name space that helm gives them. */
export class TemplateReads {
  private readonly uses: ValueUses;
  private readonly defines = new Map<string, readonly TemplateStep[]>();
  private readonly done = new Set<string>();
  private runs = 0;
  private memory = 0;

  constructor(uses: ValueUses) {
    this.uses = uses;
  }

  /**
   * Takes a file's named templates in.
   * @returns the rest of it, to be given to `render`; nothing when it does not parse.
   */
  add(text: string): readonly TemplateStep[] | undefined {
    const steps = readSteps(text);
    if (steps === undefined) return undefined;
    const main: TemplateStep[] = [];
    const open: { readonly steps: TemplateStep[]; depth: number }[] = [];
    for (const step of steps) {
      const current = open.at(-1);
      if (step.role === 'define') {
        const body: TemplateStep[] = [];
        const { expression } = step;
        this.defines.set(textOf(expression?.kind === 'call' ? expression.args[0] : expression) ?? '', body);
        // A block is used where it is defined.
        if (step.keyword === 'block') (current?.steps ?? main).push({ ...step, role: 'silent', keyword: 'template' });
        open.push({ steps: body, depth: 0 });
        continue;
      }
      if (current !== undefined && step.role === 'close' && current.depth === 0) {
        open.pop();
        continue;
      }
      if (current !== undefined && step.role === 'open') current.depth += 1;
      if (current !== undefined && step.role === 'close') current.depth -= 1;
      (current?.steps ?? main).push(step);
    }
    return main;
  }

  /** Notes what a template reads as a part of the chart whose values are below `mount`. */
  render(steps: readonly TemplateStep[], mount: Pointer): void {
    this.run(steps, [{ kind: 'root', mount }], 0, undefined);
  }

  /** Notes what a named template reads that nobody was seen to use: its name may be put together when it is rendered. */
  renderUnused(names: Iterable<string>, mount: Pointer): void {
    const used = new Set([...this.done].map((key) => key.slice(0, key.indexOf('\n'))));
    for (const name of names) {
      if (!used.has(name)) this.render(this.defines.get(name) ?? [], mount);
    }
  }

  private include(name: string, dot: Origins, depth: number, field: string | undefined): void {
    const body = this.defines.get(name);
    if (body === undefined) return this.takeWhole(dot, field);
    const key = `${name}\n${field ?? ''}\n${JSON.stringify(dot)}`;
    if (this.done.has(key) || this.memory > LONGEST_MEMORY) return;
    this.done.add(key);
    this.memory += key.length;
    this.run(body, dot, depth + 1, field);
  }

  private run(steps: readonly TemplateStep[], start: Origins, depth: number, outer: string | undefined): void {
    this.runs += 1;
    if (depth > DEEPEST || this.runs > MOST_RUNS) return;
    let dot = start;
    const variables = new Map<string, Origins>([['$', start]]);
    const blocks: Origins[] = [];
    for (const step of steps) {
      const field = step.field ?? outer;
      const scope: Scope = { dot, variables, depth, field };
      const keyword = step.chained ?? step.keyword;
      if (step.role === 'close') {
        dot = blocks.pop() ?? dot;
        continue;
      }
      if (step.role === 'middle') dot = blocks.at(-1) ?? dot;
      const result = step.expression === undefined ? [] : this.evaluate(step.expression, { ...scope, dot });
      const items = keyword === 'range' ? this.itemsOf(result) : result;
      const named = keyword === 'range' ? step.variables.slice(-1) : step.variables;
      for (const name of named) variables.set(name, this.bounded([...(variables.get(name) ?? []), ...items]));
      if (step.role === 'open') blocks.push(dot);
      if (keyword === 'range') this.takeWhole(result, field, true);
      if (keyword === 'with' || keyword === 'range') dot = items;
      if (step.role === 'output' && keyword === undefined && step.variables.length === 0) this.takeWhole(result, field);
    }
  }

  private itemsOf(origins: Origins): Origins {
    return origins.flatMap((origin): Origins => {
      if (origin.kind === 'values') return [{ kind: 'values', path: [...origin.path, ANY_KEY] }];
      // The items of a list are as good as the list: see `index` below.
      return origin.kind === 'dict' ? Object.values(origin.entries).flat() : [origin];
    });
  }

  /** Each origin once, and not too many of them. */
  private bounded(origins: Origins): Origins {
    if (origins.length < 8) return origins;
    const distinct = [...new Map(origins.map((origin) => [JSON.stringify(origin), origin])).values()];
    this.takeWhole(distinct.slice(MOST_ORIGINS), undefined);
    return distinct.slice(0, MOST_ORIGINS);
  }

  /** A dict, unless it is so large that nobody wrote it. */
  private dict(entries: Readonly<Record<string, Origins>>): Origins {
    const parts = Object.values(entries).flat();
    const size = parts.reduce((sum, part) => sum + (part.kind === 'dict' ? part.size : 1), 1);
    if (size <= LARGEST_DICT) return [{ kind: 'dict', entries, size }];
    this.takeWhole(parts, undefined);
    return [];
  }

  private takeWhole(origins: Origins, field: string | undefined, shallow = false): void {
    for (const origin of origins) {
      if (origin.kind === 'values') this.uses.whole(origin.path, field);
      if (origin.kind === 'dict' && !shallow) this.takeWhole(Object.values(origin.entries).flat(), field);
    }
  }

  private below(origins: Origins, key: string): Origins {
    return origins.flatMap((origin): Origins => {
      switch (origin.kind) {
        case 'root':
          if (key === 'Values') return [{ kind: 'values', path: origin.mount }];
          return key === 'Subcharts' ? [{ kind: 'subcharts', mount: origin.mount }] : [];
        case 'subcharts':
          return [{ kind: 'root', mount: [...origin.mount, key] }];
        case 'dict':
          return origin.entries[key] ?? [];
        default:
          return origin.path.length > DEEPEST ? [] : [{ kind: 'values', path: [...origin.path, key] }];
      }
    });
  }

  /** What is found below, key by key; it is thereby named. */
  private descend(origins: Origins, keys: readonly string[]): Origins {
    let found = origins;
    for (const key of keys) {
      if (found.length === 0) this.uses.loose.add(key);
      found = this.below(found, key);
    }
    for (const origin of found) if (origin.kind === 'values' && keys.length > 0) this.uses.named(origin.path);
    return found;
  }

  private evaluate(expression: Expression, scope: Scope): Origins {
    switch (expression.kind) {
      case 'text':
      case 'constant':
        return [];
      case 'field': {
        const { of, keys } = expression;
        const base = of === '.' ? scope.dot : typeof of === 'string' ? (scope.variables.get(of) ?? []) : undefined;
        return this.descend(base ?? this.evaluate(of as Expression, scope), keys);
      }
      default:
        return this.call(expression.name, expression.args, scope);
    }
  }

  private call(name: string, args: readonly Expression[], scope: Scope): Origins {
    const origins = (arg: Expression | undefined): Origins => (arg === undefined ? [] : this.evaluate(arg, scope));
    const [first, ...rest] = args;
    const last = args.at(-1);
    switch (name) {
      case 'include':
      case 'template': {
        const dot = origins(rest[0]);
        const template = textOf(first);
        if (template !== undefined) this.include(template, dot, scope.depth, scope.field);
        else this.takeWhole([...origins(first), ...dot], scope.field);
        return [];
      }
      case 'tpl':
        this.takeWhole(origins(first), scope.field);
        return [];
      case 'default': {
        const value = origins(last);
        if (textOf(first) !== '') {
          for (const origin of value) if (origin.kind === 'values') this.uses.defaulted(origin.path);
        }
        return [...value, ...origins(first)];
      }
      case 'dict': {
        const entries: Record<string, Origins> = {};
        for (let index = 0; index < args.length; index += 2) {
          const key = textOf(args[index]);
          const value = origins(args[index + 1]);
          if (key === undefined) this.takeWhole(value, scope.field);
          else entries[key] = value;
        }
        return this.dict(entries);
      }
      case 'index':
      case 'get':
        return rest.reduce<Origins>((base, key) => {
          const text = textOf(key);
          if (text !== undefined) return this.descend(base, [text]);
          origins(key);
          this.takeWhole(base, scope.field, true);
          return [...this.itemsOf(base), ...base.filter(({ kind }) => kind !== 'values')];
        }, origins(first));
      case 'dig':
        return [...this.descend(origins(last), args.slice(0, -2).map(keyText)), ...origins(args.at(-2))];
      case 'pluck':
        return rest.flatMap((map) => this.descend(origins(map), [keyText(first)]));
      case 'hasKey':
        this.descend(origins(first), [keyText(rest[0])]);
        return [];
      case 'pick': {
        const base = origins(first);
        return this.dict(Object.fromEntries(rest.map((key) => [keyText(key), this.descend(base, [keyText(key)])])));
      }
    }
    const values = args.map(origins);
    if (TESTING.has(name)) return [];
    if (name === 'ternary') return values.slice(0, 2).flat();
    if (!PASSING.has(name)) for (const value of values) this.takeWhole(value, scope.field);
    return this.bounded(values.flat());
  }
}

interface Scope {
  readonly dot: Origins;
  readonly variables: ReadonlyMap<string, Origins>;
  readonly depth: number;
  readonly field: string | undefined;
}

function textOf(expression: Expression | undefined): string | undefined {
  return expression?.kind === 'text' ? expression.text : undefined;
}

/** A key that is no text in the template may be any. */
function keyText(expression: Expression | undefined): string {
  return expression?.kind === 'text' ? expression.text : ANY_KEY;
}

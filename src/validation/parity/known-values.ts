/** What a chart knows of its values: its defaults, and what its templates and schemas read. */
import { textOf, type ChartFile } from '../../charts/chart-files.js';
import type { ChartDependency } from '../../core/chart-metadata.js';
import { record } from '../../core/release-manifest.js';
import { closest } from '../../core/suggest.js';
import { TemplateReads } from '../../core/template-reads.js';
import { ANY_KEY, ValueUses } from '../../core/value-uses.js';
import {
  comparable,
  formatValuePath,
  hasValue,
  isMap,
  mergeValues,
  valueAt,
  valuePaths,
  type ValuePath,
} from '../../core/values-parity.js';
import { KubernetesYamlError, parseKubernetesYaml } from '../../schemas/kubernetes-yaml.js';
import type { ChartContents } from '../chart-contents.js';
import { mountedCharts, readChartTree, type ChartNode, type MountedChart } from './chart-tree.js';
import { readValuesSchema } from './values-schema.js';

type Values = Readonly<Record<string, unknown>>;

/** The content of a file with values; nothing for what cannot be read: helm says why. */
export function valuesIn(text: string): Values {
  try {
    return record(parseKubernetesYaml(text));
  } catch (error) {
    if (!(error instanceof KubernetesYamlError)) throw error;
    return {};
  }
}

const under = (mount: readonly string[], values: unknown) =>
  record(mount.reduceRight<unknown>((inner, key) => ({ [key]: inner }), values));

const dotted = (text: string) => text.split('.').filter((key) => key !== '');

function fileOf(node: ChartNode, name: string): ChartFile | undefined {
  return node.files.find((file) => file.path === name);
}

function ownDefaults(node: ChartNode): Values {
  const file = fileOf(node, 'values.yaml');
  return file === undefined ? {} : valuesIn(textOf(file));
}

/** What `import-values` of a dependency puts among its parent's values. */
function importedValues(dependency: ChartDependency, child: ChartNode): readonly Values[] {
  const defaults = ownDefaults(child);
  return (dependency['import-values'] ?? []).map((item) => {
    if (typeof item === 'string') return record(valueAt(defaults, ['exports', ...dotted(item)]));
    const { child: from, parent: to } = record(item) as { child?: unknown; parent?: unknown };
    if (typeof from !== 'string' || typeof to !== 'string') return {};
    return under(to === '.' ? [] : dotted(to), valueAt(defaults, dotted(from)) ?? {});
  });
}

/** Paths of values that are named in a text that is read as a template when rendered. */
const NAMED = /\.Values((?:\.[A-Za-z_]\w*)+)/g;
/** Files of more bytes are no templates. */
const MOST_BYTES = 512 * 1024;
const NO_TEMPLATE =
  /(?:^|\/)(?:Chart\.(?:yaml|lock)|values\.schema\.json|requirements\.(?:yaml|lock)|[^/]*\.md)$|^(?:ci|crds)\//;

/** Paths that one which is not known is compared with. */
const MOST_PATHS = 5000;

export class KnownValues {
  /** Of the chart, with those of its subcharts below their keys. */
  readonly defaults: Values;
  readonly uses = new ValueUses();
  /** Subcharts that are rendered only if a value is true: the keys of their values, and where that value is. */
  readonly conditions: readonly { readonly mount: ValuePath; readonly path: ValuePath }[];

  /** @param overlays texts of values files, which may name other values where they are rendered by `tpl`. */
  constructor(contents: ChartContents, overlays: readonly string[] = []) {
    const charts = [...mountedCharts(readChartTree(contents))];
    const layers: Values[] = [];
    const conditions: { mount: ValuePath; path: ValuePath }[] = [];
    const reads = new TemplateReads(this.uses);
    const bodies = new Map<ChartNode, ReturnType<TemplateReads['add']>[]>();
    for (const { node } of charts) {
      if (bodies.has(node)) continue;
      const templates = node.files.filter((file) => file.path.startsWith('templates/'));
      bodies.set(
        node,
        templates.map((file) => reads.add(textOf(file))),
      );
    }
    for (const chart of charts) {
      const { node, mount } = chart;
      this.uses.named(mount);
      for (const steps of bodies.get(node) ?? []) {
        // What cannot be read may read anything.
        if (steps === undefined) this.uses.whole(mount);
        else reads.render(steps, mount);
      }
      this.readFiles(chart);
      layers.push(under(mount, ownDefaults(node)));
      for (const dependency of node.dependencies) {
        const key = dependency.alias ?? dependency.name;
        const child = node.children.get(dependency.name);
        if (child === undefined) this.uses.whole([...mount, key]);
        else layers.push(...importedValues(dependency, child).map((values) => under(mount, values)));
        for (const condition of (dependency.condition ?? '').split(',').map((text) => text.trim())) {
          if (condition === '') continue;
          this.uses.named([...mount, ...dotted(condition)]);
          conditions.push({ mount: [...mount, key], path: [...mount, ...dotted(condition)] });
        }
      }
    }
    for (const { node, mount } of charts) {
      const names = bodies.has(node) ? definesOf(node) : [];
      reads.renderUnused(names, mount);
      if (node.library && mount.length > 0) reads.renderUnused(names, mount.slice(0, -1));
    }
    for (const text of overlays) this.readText(text, []);
    this.conditions = conditions;
    // Deeper charts first: a parent's values win over its subcharts'.
    this.defaults = record(comparable(mergeValues(layers.reverse())));
  }

  private readText(text: string, mount: ValuePath): void {
    for (const match of text.matchAll(NAMED)) this.uses.whole([...mount, ...dotted(match[1] ?? '')]);
  }

  private readFiles({ node, mount }: MountedChart): void {
    for (const file of node.files) {
      if (file.path === 'values.schema.json') readValuesSchema(textOf(file), mount, this.uses);
      if (file.path.startsWith('templates/') || NO_TEMPLATE.test(file.path) || file.data.length > MOST_BYTES) continue;
      this.readText(textOf(file), mount);
    }
  }

  /** Whether something in the chart knows the value. */
  isKnown(path: ValuePath): boolean {
    return this.unknownPart(path) === undefined;
  }

  /** The topmost part of a path that nothing in the chart knows. */
  unknownPart(path: ValuePath): ValuePath | undefined {
    const [root = ''] = path;
    if (root === 'global' || root === 'tags') return undefined;
    for (let length = 1; length <= path.length; length++) {
      const part = path.slice(0, length);
      // `global` of a subchart is what its parent has.
      if (part.at(-1) === 'global') return undefined;
      if (this.knowsExactly(part)) continue;
      return this.isFree(part.slice(0, -1)) || this.uses.loose.has(part.at(-1) ?? '') ? undefined : part;
    }
    return undefined;
  }

  private knowsExactly(path: ValuePath): boolean {
    return hasValue(this.defaults, path) || this.uses.knows(path);
  }

  /** Whether a map may have any key: its default is empty, or no map at all, and no template names any. */
  private isFree(map: ValuePath): boolean {
    if (!hasValue(this.defaults, map) || map.length === 0) return false;
    const value = valueAt(this.defaults, map);
    return (!isMap(value) || Object.keys(value).length === 0) && this.uses.keysBelow(map).length === 0;
  }

  private siblings(path: ValuePath): readonly string[] {
    const parent = path.slice(0, -1);
    return [...Object.keys(record(valueAt(this.defaults, parent))), ...this.uses.keysBelow(parent)];
  }

  /** The known value that is most likely meant by one that is not known. */
  suggestionFor(path: ValuePath): string | undefined {
    const key = path.at(-1) ?? '';
    const sibling = closest(key, this.siblings(path));
    if (sibling !== undefined) return formatValuePath([...path.slice(0, -1), sibling]);
    const known = new Map<string, ValuePath>();
    for (const source of [this.uses.paths(), valuePaths(this.defaults)]) {
      for (const other of source) {
        if (known.size > MOST_PATHS) break;
        for (let length = 1; length <= other.length; length++) {
          const part = other.slice(0, length);
          known.set(formatValuePath(part), part);
        }
      }
    }
    // The same key elsewhere: it was indented too far, or not far enough.
    const moved = [...known].filter(([, other]) => other.at(-1) === key && !other.includes(ANY_KEY));
    if (moved.length === 1) return moved[0]?.[0];
    return closest(formatValuePath(path), known.keys());
  }
}

const DEFINE = /\{\{-?\s*(?:define|block)\s+["`]([^"`]+)["`]/g;

function definesOf(node: ChartNode): readonly string[] {
  return node.files
    .filter((file) => file.path.startsWith('templates/'))
    .flatMap((file) => [...textOf(file).matchAll(DEFINE)].map((match) => match[1] ?? ''));
}

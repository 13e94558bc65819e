/** A chart with its subcharts, as the keys of its values name them. */
import { textOf, type ChartFile } from '../../charts/chart-files.js';
import { parseChartMetadata, parseRequirements, type ChartDependency } from '../../core/chart-metadata.js';
import { HelmCdError } from '../../core/errors.js';
import type { ChartContents } from '../chart-contents.js';

export interface ChartNode {
  /** Its own files, relative to itself. */
  readonly files: readonly ChartFile[];
  readonly dependencies: readonly ChartDependency[];
  readonly library: boolean;
  readonly children: ReadonlyMap<string, ChartNode>;
}

/** A chart at one place in the values: one that is taken in under two aliases has two. */
export interface MountedChart {
  readonly node: ChartNode;
  /** The keys below which its values are; none for the chart itself. */
  readonly mount: readonly string[];
}

/** Deeper nesting than any chart has. */
const DEEPEST = 20;

function describe(files: readonly ChartFile[]): Pick<ChartNode, 'dependencies' | 'library'> {
  const text = (name: string) => {
    const file = files.find((candidate) => candidate.path === name);
    return file === undefined ? undefined : textOf(file);
  };
  try {
    const { dependencies, type } = parseChartMetadata(text('Chart.yaml') ?? '', 'Chart.yaml');
    const requirements = text('requirements.yaml');
    return {
      library: type === 'library',
      dependencies:
        requirements === undefined ? (dependencies ?? []) : parseRequirements(requirements, 'requirements.yaml'),
    };
  } catch (error) {
    // Helm says what is wrong with it.
    if (!(error instanceof HelmCdError)) throw error;
    return { dependencies: [], library: false };
  }
}

function nodeOf(files: readonly ChartFile[], depth: number): ChartNode {
  const own: ChartFile[] = [];
  const inside = new Map<string, ChartFile[]>();
  for (const file of files) {
    const [, name, rest] = /^charts\/([^/]+)\/(.+)$/s.exec(file.path) ?? [];
    if (name === undefined || rest === undefined) own.push(file);
    else inside.set(name, [...(inside.get(name) ?? []), { path: rest, data: file.data }]);
  }
  const children = depth === DEEPEST ? [] : [...inside];
  return {
    files: own,
    ...describe(own),
    children: new Map(children.map(([name, content]) => [name, nodeOf(content, depth + 1)])),
  };
}

export function readChartTree(contents: ChartContents): ChartNode {
  return nodeOf(contents.files, 0);
}

/** The keys of a child's values in its parent: its aliases, and its name if it is taken in without. */
function keysOf(node: ChartNode, child: string): readonly string[] {
  const listed = node.dependencies.filter((item) => item.name === child);
  return listed.length === 0 ? [child] : [...new Set(listed.map((item) => item.alias ?? item.name))];
}

/** All charts of a tree with their places, parents before their children. */
export function* mountedCharts(node: ChartNode, mount: readonly string[] = []): Generator<MountedChart> {
  yield { node, mount };
  for (const [name, child] of node.children) {
    for (const key of keysOf(node, name)) yield* mountedCharts(child, [...mount, key]);
  }
}

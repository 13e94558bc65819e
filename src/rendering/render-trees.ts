/** A commit's charts on disk as they are and as they will be, with all that a render without network needs. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withoutRemoteDependencies } from '../charts/without-remote.js';
import { parseChartMetadata, type ChartDependency } from '../core/chart-metadata.js';
import { inFolder, joinPath } from '../core/chart-folders.js';
import { HelmCdError } from '../core/errors.js';
import type { BranchHead, FileChange } from '../core/repository-branch.js';
import { placeholderValues } from '../core/secret-placeholders.js';

/** A chart in the root of a large repository is not worth fetching the whole of it. */
const MOST_FILES = 2000;

/** The commit before and after the change, as far as it was written to disk. */
export interface RenderTrees {
  readonly before: string;
  readonly after: string;
  /** Dependencies that had to be left out, by the folder of the chart. */
  readonly dropped: ReadonlyMap<string, readonly ChartDependency[]>;
}

/** What a chart's render reads besides the chart. */
export interface ExtraFiles {
  readonly values: readonly string[];
  readonly secrets: readonly string[];
}

/** The stand-in for a SOPS file, beside it. */
export function standInOf(file: string): string {
  return `${file}.stand-in.json`;
}

/** A writer of one commit's folders and files, each at most once. */
export class CommitCopy {
  private readonly head: BranchHead;
  private readonly root: string;
  private readonly regular: ReadonlySet<string>;
  readonly charts = new Set<string>();

  constructor(head: BranchHead, root: string) {
    this.head = head;
    this.root = root;
    this.regular = new Set(head.entries.filter(({ mode }) => mode.startsWith('100')).map((entry) => entry.path));
  }

  has(file: string): boolean {
    return this.regular.has(file);
  }

  /** A chart and, in turn, the charts of the repository that it depends on by `file://`. */
  async addChart(folder: string): Promise<void> {
    if (this.charts.has(folder)) return;
    const prefix = inFolder(folder, '');
    const count = [...this.regular].filter((file) => file.startsWith(prefix)).length;
    if (count > MOST_FILES) throw new HelmCdError('refused', `it has ${count} files, more than ${MOST_FILES}.`);
    this.charts.add(folder);
    const inside = [...this.charts].some((other) => other !== folder && folder.startsWith(inFolder(other, '')));
    if (!inside) await this.head.export(folder, this.root);
    for (const name of ['Chart.yaml', 'requirements.yaml']) {
      const file = inFolder(folder, name);
      if (!this.has(file)) continue;
      const text = await readFile(path.join(this.root, file), 'utf8');
      for (const repository of localRepositories(text, file)) {
        const target = joinPath(folder, repository);
        if (target !== undefined && this.has(inFolder(target, 'Chart.yaml'))) await this.addChart(target);
      }
    }
  }

  /** Values files outside of the charts, and stand-ins for those that are encrypted. */
  async addFiles({ values, secrets }: ExtraFiles): Promise<void> {
    for (const [file, text] of await this.head.read([...values, ...secrets])) {
      const target = path.join(this.root, file);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, text);
      if (!secrets.includes(file)) continue;
      const standIn = placeholderValues(text);
      await writeFile(standInOf(target), standIn === undefined ? text : JSON.stringify(standIn.values));
    }
  }
}

/** Folders of `file://` dependencies, as they are written. */
function localRepositories(text: string, file: string): readonly string[] {
  const dependencies = file.endsWith('requirements.yaml')
    ? [...text.matchAll(/repository:\s*["']?(file:\/\/[^\s"']+)/g)].map(([, repository = '']) => ({ repository }))
    : (parseChartMetadata(text, file).dependencies ?? []);
  return dependencies.flatMap(({ repository }) =>
    repository.startsWith('file://') ? [repository.slice('file://'.length)] : [],
  );
}

/** Makes the second tree, and both ready for helm. */
export async function finishTrees(
  copy: CommitCopy,
  before: string,
  after: string,
  files: readonly FileChange[],
): Promise<RenderTrees> {
  await cp(before, after, { recursive: true });
  for (const file of files) {
    const target = path.join(after, file.path);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, file.after);
  }
  const dropped = new Map<string, readonly ChartDependency[]>();
  for (const folder of copy.charts) {
    try {
      await withoutRemoteDependencies(path.join(before, folder), before);
      const missing = await withoutRemoteDependencies(path.join(after, folder), after);
      if (missing.length > 0) dropped.set(folder, missing);
    } catch (error) {
      // A broken chart fails again when it is rendered, and is told of then.
      if (!(error instanceof HelmCdError)) throw error;
    }
  }
  return { before, after, dropped };
}

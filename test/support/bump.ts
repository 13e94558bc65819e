import { planBump } from '../../src/core/bump-plan.js';
import type { BumpPlan, BumpRequest, BumpRules, ChartScope } from '../../src/core/bump-request.js';
import { withFiles } from '../../src/core/bump-sources.js';
import { parseTarget } from '../../src/core/bump-target.js';
import { parsePushedImage } from '../../src/core/image-reference.js';
import type { TreeEntry } from '../../src/core/repository-branch.js';

/** The files of a repository, by path. */
export type Files = Readonly<Record<string, string>>;

export const RULES: BumpRules = {
  overlays: [],
  places: new Map(),
  versionRule: 'auto',
  identifier: 'develop',
  acceptsTag: () => true,
  tagPolicy: '*',
};

export interface BumpCase extends Partial<Omit<BumpRequest, 'images' | 'targets' | 'scopes'>> {
  readonly images: readonly string[];
  readonly targets?: readonly string[];
  readonly scopes?: readonly (Partial<ChartScope> & { readonly folder: string })[];
  /** Modes of entries that are no ordinary files. */
  readonly modes?: Readonly<Record<string, string>>;
}

/** A Chart.yaml. */
export const chartYaml = (name: string, version = '1.0.0', more = ''): string =>
  `apiVersion: v2\nname: ${name}\nversion: ${version}\n${more}`;

/** The plan for a repository of these files. Without scopes, `charts/shop` is the only chart. */
export async function planFor(files: Files, given: BumpCase): Promise<BumpPlan> {
  const { images, targets = [], scopes = [{ folder: 'charts/shop' }], modes = {}, ...rest } = given;
  const paths = [...new Set([...Object.keys(files), ...Object.keys(modes)])];
  const entries = paths.map((path): TreeEntry => ({ path, mode: modes[path] ?? '100644' }));
  const request: BumpRequest = {
    rules: RULES,
    appVersion: 'auto',
    allowDowngrade: false,
    ...rest,
    images: images.map((image) => parsePushedImage(image, 'images')),
    targets: targets.map((target) => parseTarget(target, (file) => file, 'targets')),
    scopes: scopes.map((scope) => ({ ...RULES, ...scope })),
  };
  return withFiles(
    planBump(request, entries),
    async (wanted) => new Map(wanted.map((path) => [path, files[path] ?? ''])),
  );
}

/** The files after the plan, only those that change. */
export async function bumped(files: Files, given: BumpCase): Promise<Files> {
  const plan = await planFor(files, given);
  return Object.fromEntries(plan.files.map(({ path, after }) => [path, after]));
}

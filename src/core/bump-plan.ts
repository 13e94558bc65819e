import { imagesAnnotation, type TextPatch } from './artifact-hub.js';
import { alwaysAppVersion, atTargets, inScopes, type Draft } from './bump-drafts.js';
import type { BumpPlan, BumpRequest, ChartBump, FollowedChange, PlannedChange, RefusedImage } from './bump-request.js';
import { BumpSources, type WithFiles } from './bump-sources.js';
import { bumpChartVersions, levelsOf } from './chart-bump.js';
import { dependencyGraph, withParents } from './chart-graph.js';
import { chartFolders, inFolder } from './chart-folders.js';
import { HelmCdError } from './errors.js';
import { discoverImages } from './image-discovery.js';
import { canonicalImageName, formatImageReference, type ImageReference } from './image-reference.js';
import { tagOf, type YamlPlace } from './image-use.js';
import { formatPointer } from './json-pointer.js';
import type { FileChange, TreeEntry } from './repository-branch.js';
import { ownValues } from './subchart-layers.js';
import { isDowngrade } from './tag-order.js';
import { followDependencies } from './umbrella.js';
import { isPlainSafe } from './yaml-quoting.js';
import { editYaml, pointersTo, type WordEdits } from './yaml-edit.js';
import type { YamlFile, YamlScalar } from './yaml-nodes.js';

function planned(drafts: readonly Draft[]): readonly PlannedChange[] {
  const scalars = new Map<YamlFile, Set<YamlScalar>>();
  for (const { place } of drafts) {
    scalars.set(place.file, (scalars.get(place.file) ?? new Set<YamlScalar>()).add(place.scalar));
  }
  const pointers = new Map([...scalars].flatMap(([file, of]) => [...pointersTo(file, of)]));
  return drafts.map((draft) => plannedChange(draft, pointers.get(draft.place.scalar) ?? []));
}

function plannedChange(draft: Draft, pointers: readonly string[]): PlannedChange {
  const { place, image, chart, part, from, to, fromTag, toTag } = draft;
  const pointer = formatPointer(place.pointer);
  const others = pointers.filter((other) => other !== pointer);
  const at = place.file.placeOf(place.scalar.start);
  return {
    image: formatImageReference(image),
    chart,
    file: place.file.name,
    place: at,
    pointer,
    part,
    from,
    to,
    fromTag,
    toTag,
    alsoAt: others,
  };
}

function refuseDowngrades(request: BumpRequest, drafts: readonly Draft[]): void {
  for (const { image, chart, place, fromTag, toTag } of drafts) {
    const { order } = request.scopes.find(({ folder }) => folder === chart) ?? request.rules;
    if (!isDowngrade(fromTag, toTag, order)) continue;
    throw new HelmCdError('refused', `${image.name} would go back from ${fromTag} to ${toTag}.`, {
      place: place.file.placeOf(place.scalar.start),
      hint: 'If that is meant, as a rollback is, set allow-downgrade to true.',
    });
  }
}

/** Whether a value is the intended text already, and a text for every parser: a bare 1.20 or 1_0 is a number for Helm. */
function isAsIntended({ place, from, to }: Draft): boolean {
  const { value, style, tag } = place.scalar;
  if (from.trim() !== to) return false;
  return to === '' || (typeof value === 'string' && (style !== 'plain' || tag !== undefined || isPlainSafe(to, false)));
}

/** One draft for each scalar and image: several that agree are one, several that do not are an error. */
function perScalar(drafts: readonly Draft[]): readonly Draft[] {
  const chosen = new Map<YamlScalar, Draft[]>();
  for (const draft of drafts) {
    const others = chosen.get(draft.place.scalar) ?? [];
    const other = others.find(({ to }) => to !== draft.to);
    if (other !== undefined) {
      throw new HelmCdError(
        'conflict',
        `${formatImageReference(other.image)} and ${formatImageReference(draft.image)} are both written to the same value.`,
        {
          place: draft.place.file.placeOf(draft.place.scalar.start),
          hint: 'Bump one of them, or give each its own value in the chart.',
        },
      );
    }
    if (!others.some(({ image }) => image === draft.image)) others.push(draft);
    chosen.set(draft.place.scalar, others);
  }
  return [...chosen.values()].flat();
}

/** Sorts out what is held back. */
function holdBack(
  request: BumpRequest,
  drafts: readonly Draft[],
): { readonly free: readonly Draft[]; readonly refused: readonly RefusedImage[] } {
  const holds = ({ image, chart }: Draft) =>
    request.held?.find((held) => held.chart === chart && held.image === formatImageReference(image));
  const held = new Set(drafts.flatMap((draft) => holds(draft) ?? []));
  return {
    free: drafts.filter((draft) => holds(draft) === undefined),
    refused: [...held].map(({ image, chart = '', reason }) => ({ image, chart, reason, because: 'newer-build' })),
  };
}

/** The images that a chart has by itself, when only an environment's overlays change they are not among them. */
function* ownImages(
  drafts: readonly Draft[],
  folder: string,
  request: BumpRequest,
  sources: BumpSources,
): WithFiles<readonly ImageReference[]> {
  const overlays = new Set(request.scopes.find((scope) => scope.folder === folder)?.overlays);
  const values = overlays.size === 0 ? undefined : yield* ownValues(folder, sources);
  const uses = values === undefined ? [] : discoverImages([{ file: values }], new Set());
  const own = new Set(uses.filter((use) => tagOf(use) !== '').flatMap(({ names }) => names.map(canonicalImageName)));
  return drafts
    .filter(({ place, image }) => !overlays.has(place.file.name) || !own.has(canonicalImageName(image.name)))
    .map(({ image }) => image);
}

/** The charts' own lists of images, where a bumped image stands in them with another version. */
function* annotationsOf(
  drafts: readonly Draft[],
  charts: readonly ChartBump[],
  request: BumpRequest,
  sources: BumpSources,
): WithFiles<readonly { patch: TextPatch; changes: readonly FollowedChange[] }[]> {
  const annotations: { patch: TextPatch; changes: readonly FollowedChange[] }[] = [];
  for (const { folder } of charts) {
    const inChart = drafts.filter(({ chart }) => chart === folder);
    const images = yield* ownImages(inChart, folder, request, sources);
    const patch = imagesAnnotation(sources.yaml(inFolder(folder, 'Chart.yaml')), images);
    if (patch === undefined) continue;
    const { place, replacements } = patch;
    const changes = [...replacements].map(([from, to]): FollowedChange => {
      const at = place.file.placeOf(place.scalar.start);
      return {
        chart: folder,
        file: place.file.name,
        place: at,
        pointer: formatPointer(place.pointer),
        from,
        to,
        target: place,
      };
    });
    annotations.push({ patch, changes });
  }
  return annotations;
}

/**
 * What must be written to one commit's files so that they use the given images, and the charts' next versions. Nothing is
 * decided by anything but the request and the files: from a newer commit, everything is computed again.
 * @param entries the commit's tree.
 * @returns texts of whole files, each proven to differ from the old one in the changed values only.
 * @throws HelmCdError when an image has no place, its place is ambiguous or cannot be written, or it would go back.
 */
export function* planBump(request: BumpRequest, entries: readonly TreeEntry[]): WithFiles<BumpPlan> {
  const sources = new BumpSources(entries);
  const folders = chartFolders(sources.paths);
  const collected =
    request.targets.length > 0
      ? yield* atTargets(request, sources, folders)
      : yield* inScopes(request, sources, folders);
  const always = request.appVersion === 'always' ? yield* alwaysAppVersion(collected.drafts, sources) : [];
  const held = holdBack(request, [...collected.drafts, ...always]);
  const drafts = perScalar(held.free);
  const effective = drafts.filter((draft) => !isAsIntended(draft));
  if (!request.allowDowngrade) refuseDowngrades(request, effective);

  const changes = planned(effective);
  const graph = effective.length === 0 ? new Map<string, never>() : yield* dependencyGraph(sources, folders);
  const charts = yield* bumpChartVersions(request, withParents(levelsOf(changes), graph), sources);
  const { changes: followed, notes: left } = yield* followDependencies(charts, graph, sources);
  const annotations = yield* annotationsOf(effective, charts, request, sources);

  const edits = new Map<YamlFile, Map<YamlScalar, string | WordEdits>>();
  const edit = ({ file, scalar }: YamlPlace, text: string | WordEdits) => {
    edits.set(file, (edits.get(file) ?? new Map<YamlScalar, string | WordEdits>()).set(scalar, text));
  };
  for (const { place, to } of effective) edit(place, to);
  for (const { versionPlace, from, to } of charts) if (from !== to) edit(versionPlace, to);
  for (const { target, to } of followed) edit(target, to);
  for (const { patch } of annotations) edit(patch.place, { words: patch.replacements });

  const files = [...edits].map(([file, scalars]): FileChange => {
    return { path: file.name, before: file.text, after: editYaml(file, scalars).text };
  });
  const upToDate = planned(drafts.filter((draft) => !effective.includes(draft)));
  const listed = annotations.flatMap(({ changes: of }) => of);
  const refused = [...collected.refused, ...held.refused];
  const notes = [...collected.notes, ...left];
  return { changes, upToDate, refused, charts, followed: [...followed, ...listed], files, notes };
}

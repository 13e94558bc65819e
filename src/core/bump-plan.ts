import { imagesAnnotation, type TextPatch } from './artifact-hub.js';
import { alwaysAppVersion, atTargets, inScopes, type Draft } from './bump-drafts.js';
import type { BumpPlan, BumpRequest, ChartBump, FollowedChange, PlannedChange } from './bump-request.js';
import { BumpSources, type WithFiles } from './bump-sources.js';
import { bumpChartVersions, levelsOf } from './chart-bump.js';
import { chartFolders, inFolder } from './chart-folders.js';
import { HelmCdError } from './errors.js';
import { formatImageReference } from './image-reference.js';
import type { YamlPlace } from './image-use.js';
import { formatPointer } from './json-pointer.js';
import type { FileChange, TreeEntry } from './repository-branch.js';
import { isDowngrade } from './tag-order.js';
import { dependencyGraph, followDependencies, withParents } from './umbrella.js';
import { editYaml, pointersTo, type WordEdits } from './yaml-edit.js';
import type { YamlFile, YamlScalar } from './yaml-scalars.js';

function planned(draft: Draft): PlannedChange {
  const { place, image, chart, part, from, to, fromTag, toTag } = draft;
  const pointer = formatPointer(place.pointer);
  const others = place.file.text.includes('*')
    ? place.file.documents.flatMap((root) => pointersTo(root, place.scalar)).filter((other) => other !== pointer)
    : [];
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

/** Whether a value is the intended text already, and a text: a bare 1.20 is the number 1.2 for Helm. */
function isAsIntended({ place, from, to }: Draft): boolean {
  return from.trim() === to && (to === '' || typeof place.scalar.value === 'string');
}

/** One draft for each scalar: several that agree are one, several that do not are an error. */
function perScalar(drafts: readonly Draft[]): readonly Draft[] {
  const chosen = new Map<YamlScalar, Draft>();
  for (const draft of drafts) {
    const other = chosen.get(draft.place.scalar);
    if (other !== undefined && other.to !== draft.to) {
      throw new HelmCdError(
        'conflict',
        `${formatImageReference(other.image)} and ${formatImageReference(draft.image)} are both written to the same value.`,
        {
          place: draft.place.file.placeOf(draft.place.scalar.start),
          hint: 'Bump one of them, or give each its own value in the chart.',
        },
      );
    }
    if (other === undefined) chosen.set(draft.place.scalar, draft);
  }
  return [...chosen.values()];
}

/** The charts' own lists of images, where a bumped image stands in them with another version. */
function annotationsOf(
  drafts: readonly Draft[],
  charts: readonly ChartBump[],
  sources: BumpSources,
): readonly { patch: TextPatch; changes: readonly FollowedChange[] }[] {
  return charts.flatMap(({ folder }) => {
    const images = drafts.filter(({ chart }) => chart === folder).map(({ image }) => image);
    const patch = imagesAnnotation(sources.yaml(inFolder(folder, 'Chart.yaml')), images);
    if (patch === undefined) return [];
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
    return [{ patch, changes }];
  });
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
  const drafts = perScalar([...collected.drafts, ...always]);
  const effective = drafts.filter((draft) => !isAsIntended(draft));
  if (!request.allowDowngrade) refuseDowngrades(request, effective);

  const changes = effective.map(planned);
  const graph = effective.length === 0 ? new Map<string, never>() : yield* dependencyGraph(sources, folders);
  const charts = yield* bumpChartVersions(request, withParents(levelsOf(changes), graph), sources);
  const followed = yield* followDependencies(charts, graph, sources);
  const annotations = annotationsOf(effective, charts, sources);

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
  const upToDate = drafts.filter((draft) => !effective.includes(draft)).map(planned);
  const listed = annotations.flatMap(({ changes: of }) => of);
  const { refused, notes } = collected;
  return { changes, upToDate, refused, charts, followed: [...followed, ...listed], files, notes };
}

import { alwaysAppVersion, atTargets, inScopes, type Draft } from './bump-drafts.js';
import type { BumpPlan, BumpRequest, PlannedChange } from './bump-request.js';
import { BumpSources, type WithFiles } from './bump-sources.js';
import { bumpChartVersions } from './chart-bump.js';
import { chartFolders } from './chart-folders.js';
import { HelmCdError } from './errors.js';
import { formatImageReference } from './image-reference.js';
import { formatPointer } from './json-pointer.js';
import type { FileChange, TreeEntry } from './repository-branch.js';
import { isDowngrade } from './tag-order.js';
import { editYaml, pointersTo } from './yaml-edit.js';
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

function refuseDowngrades(drafts: readonly Draft[]): void {
  for (const { image, place, fromTag, toTag } of drafts) {
    if (!isDowngrade(fromTag, toTag)) continue;
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
  if (!request.allowDowngrade) refuseDowngrades(effective);

  const edits = new Map<YamlFile, Map<YamlScalar, string>>();
  const edit = (file: YamlFile, scalar: YamlScalar, text: string) => {
    edits.set(file, (edits.get(file) ?? new Map<YamlScalar, string>()).set(scalar, text));
  };
  for (const { place, to } of effective) edit(place.file, place.scalar, to);
  const changes = effective.map(planned);
  const charts = yield* bumpChartVersions(request, changes, sources);
  for (const { versionPlace: place, from, to } of charts) if (from !== to) edit(place.file, place.scalar, to);

  const files = [...edits].map(([file, scalars]): FileChange => {
    return { path: file.name, before: file.text, after: editYaml(file, scalars).text };
  });
  const upToDate = drafts.filter((draft) => !effective.includes(draft)).map(planned);
  return { changes, upToDate, refused: collected.refused, charts, files, notes: collected.notes };
}

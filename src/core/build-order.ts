import type { BumpPlan, BumpRequest, PlannedChange } from './bump-request.js';
import { bumpedImages, TRAILER, trailersOf } from './commit-message.js';
import { originsOf, type Build } from './image-origin.js';
import { canonicalImageName, parseImageReference, type ImageReference } from './image-reference.js';
import type { FoundCommit } from './repository-branch.js';
import { compareTags } from './tag-order.js';

/** An earlier bump, as the trailers of its commit tell it. */
interface RecordedBump {
  readonly buildOf: (image: ImageReference) => Build;
  readonly environment: string;
  readonly images: readonly ImageReference[];
}

/** How a commit stands to another one, in the words of GitHub's compare API. */
export type CommitRelation = 'ahead' | 'behind' | 'identical' | 'diverged';

/** An image in a chart whose tags do not tell whether the new one is newer, and what is there now. */
export interface UnorderedImage {
  readonly image: ImageReference;
  readonly chart: string | undefined;
  /** The change as the plan has it, by which it is held back. */
  readonly reference: string;
  readonly tags: ReadonlySet<string>;
  readonly digests: ReadonlySet<string>;
}

/** Digests as fields hold them, as texts with a digest in them, or as hexadecimal digits alone. */
function digestIn(text: string): string | undefined {
  const hex = /(?:^|sha256:)([0-9a-f]{64})$/.exec(text)?.[1];
  return hex === undefined ? undefined : `sha256:${hex}`;
}

/**
 * The images of a plan that replace another version without a word about which is the newer one: their tags are in no
 * order, or the tag stays and its digest changes.
 */
export function unorderedImages(plan: BumpPlan, request: BumpRequest): readonly UnorderedImage[] {
  const groups = new Map<string, PlannedChange[]>();
  for (const change of plan.changes) {
    const key = JSON.stringify([change.chart, change.image]);
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  return [...groups.values()].flatMap((changes): UnorderedImage[] => {
    const [first] = changes;
    const image = first === undefined ? undefined : parseImageReference(first.image);
    if (first === undefined || image === undefined) return [];
    const { order } = request.scopes.find(({ folder }) => folder === first.chart) ?? request.rules;
    if (changes.some(({ fromTag, toTag }) => (compareTags(fromTag, toTag, order) ?? 0) !== 0)) return [];
    const tags = new Set(changes.flatMap(({ fromTag }) => (fromTag === '' ? [] : [fromTag])));
    const digests = new Set(changes.flatMap(({ from }) => digestIn(from) ?? []));
    if (tags.size === 0 && digests.size === 0) return [];
    return [{ image, chart: first.chart, reference: first.image, tags, digests }];
  });
}

function recordedBump({ message }: FoundCommit): RecordedBump {
  const [environment = ''] = trailersOf(message, TRAILER.environment);
  return { buildOf: originsOf(message), environment, images: bumpedImages(message) };
}

/**
 * The build that is there now, when a bump brought it: the newest commit that wrote exactly what the chart has. What was put
 * there by hand has none.
 * @param commits of the branch, newest first.
 */
export function buildThere(
  commits: readonly FoundCommit[],
  unordered: UnorderedImage,
  environment: string,
): Build | undefined {
  const name = canonicalImageName(unordered.image.name);
  // Where only the digest changes, the tag is the same.
  const tags = unordered.tags.size > 0 ? unordered.tags : new Set([unordered.image.tag]);
  const wrote = ({ tag, digest, ...image }: ImageReference): boolean => {
    if (canonicalImageName(image.name) !== name) return false;
    if (unordered.digests.size > 0 && digest !== undefined) return unordered.digests.has(digest);
    return tag !== undefined && tags.has(tag);
  };
  for (const recorded of commits.map(recordedBump)) {
    const image = recorded.environment === environment ? recorded.images.find(wrote) : undefined;
    if (image !== undefined) return recorded.buildOf(image);
  }
  return undefined;
}

/** Whether the commits' ancestry could tell two builds apart: they are different ones of the same source. */
export function hasAncestry(ours: Build, there: Build): boolean {
  const same = ours.repository !== '' && ours.repository === there.repository;
  return same && ours.commit !== '' && there.commit !== '' && ours.commit !== there.commit;
}

function number(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * Whether our build is older than the one that is there: by the ancestry of their commits, else (of one commit, or of two on
 * different lines) by the run numbers of the same workflow. What neither tells is not older.
 * @param relation how our commit stands to the one that is there; nothing when that is not known.
 */
export function isOlderBuild(ours: Build, there: Build, relation: CommitRelation | undefined): boolean {
  if (ours.repository === '' || ours.repository !== there.repository) return false;
  if (relation === 'ahead' || relation === 'behind') return relation === 'behind';
  const [own, other] = [number(ours.runNumber), number(there.runNumber)];
  if (ours.workflow === '' || ours.workflow !== there.workflow || own === undefined || other === undefined)
    return false;
  return own < other;
}

function describe({ runNumber, commit }: Build): string {
  const short = commit.slice(0, 12);
  if (runNumber === '') return `commit ${short}`;
  return short === '' ? `build ${runNumber}` : `build ${runNumber} (commit ${short})`;
}

/** Why an image stays as it is, as a sentence's end. */
export function olderBuildReason(ours: Build, there: Build): string {
  return `${describe(ours)} is older than ${describe(there)} that is there already; allow-downgrade writes it all the same`;
}

import type { ChartVersionRule } from './chart-version.js';
import { bumpedImages, TRAILER, trailersOf } from './commit-message.js';
import { HelmCdError } from './errors.js';
import { originsOf, originTrailer, type ImageOrigin } from './image-origin.js';
import { canonicalImageName, formatImageReference, type ImageReference } from './image-reference.js';
import type { ChangeLevel } from './tag-order.js';

/** One commit of a pull request's branch that its base has not. */
export interface BranchCommit {
  readonly oid: string;
  readonly message: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
}

export interface Person {
  readonly name: string;
  readonly email: string;
}

/** An image that a pull request writes and its base has not got yet. */
export interface PendingImage {
  readonly image: ImageReference;
  readonly origin: ImageOrigin;
  /** Whether it was meant to replace a newer one. */
  readonly rollback: boolean;
}

/** How a chart's version was asked to follow, by whoever proposed something: it still does when others join. */
export type PendingRule = ChangeLevel | undefined;

/** What waits on a branch. */
export interface Pending {
  readonly images: readonly PendingImage[];
  readonly rule: PendingRule;
}

const RULE = 'Chart-Version-Rule';
/** A trailer for images that are meant to go back, so that they still do when a later bump is put together with them. */
const IMAGE_ROLLBACK = 'Image-Rollback';

/** Who commits what people do on GitHub's own pages, and what is made by its API. */
function isGitHub({ name, email }: Person): boolean {
  return /^GitHub( Enterprise)?$/.test(name) || /^noreply@/.test(email);
}

/** The base merged into the branch by the button of the pull request's page: nobody's own work. */
function isUpdate({ parents, message, committer }: BranchCommit, base: string): boolean {
  return parents.length === 2 && isGitHub(committer) && message.startsWith(`Merge branch '${base}' into `);
}

/**
 * The commits that are not helm-cd's own: those without its trailer, and those that somebody has committed anew (amended,
 * rebased). Merges of the base by GitHub's own button are nobody's.
 */
export function foreignCommits(commits: readonly BranchCommit[], base: string): readonly BranchCommit[] {
  return commits.filter((commit) => {
    if (isUpdate(commit, base)) return false;
    if (trailersOf(commit.message, TRAILER.id).length === 0) return true;
    return commit.committer.email !== commit.author.email && !isGitHub(commit.committer);
  });
}

/** @throws HelmCdError `refused`, with the commits and what to do, when there are foreign ones. */
export function refuseForeign(commits: readonly BranchCommit[], branch: string, base: string): void {
  const foreign = foreignCommits(commits, base);
  if (foreign.length === 0) return;
  const list = foreign
    .slice(0, 10)
    .map(({ oid, message, committer, author }) => {
      const who = isGitHub(committer) ? author.name : committer.name;
      return `  ${oid.slice(0, 12)}  ${message.split('\n')[0] ?? ''} (${who})`;
    })
    .join('\n');
  const more = foreign.length > 10 ? `\n  and ${foreign.length - 10} more` : '';
  throw new HelmCdError(
    'refused',
    `The branch ${branch} has commits that helm-cd did not make, so it is left alone:\n${list}${more}`,
    { hint: 'Merge or close its pull request and delete the branch, or move these commits to a branch of their own.' },
  );
}

const RULES: readonly ChartVersionRule[] = ['patch', 'minor', 'major'];

/**
 * The rule that holds when two were asked for: the one that raises a version more. Pre-releases, and versions that stay, are
 * no matter of that.
 * @param level what `auto` comes to.
 */
export function higherRule(rule: ChartVersionRule, level: ChangeLevel, pending: PendingRule): ChartVersionRule {
  if (pending === undefined || rule === 'prerelease' || rule === 'none') return rule;
  return RULES.indexOf(rule === 'auto' ? level : rule) >= RULES.indexOf(pending) ? rule : pending;
}

/**
 * What a branch's own commits wait for.
 * @param commits oldest first.
 */
export function pendingOn(commits: readonly BranchCommit[]): Pending {
  const asked = commits.flatMap(({ message }) => trailersOf(message, RULE));
  const rule = (['major', 'minor', 'patch'] as const).find((known) => asked.includes(known));
  return { images: pendingImages(commits), rule };
}

/**
 * The images that a branch's own commits write, the newest of each.
 * @param commits oldest first.
 */
export function pendingImages(commits: readonly BranchCommit[]): readonly PendingImage[] {
  const pending = new Map<string, PendingImage>();
  for (const { message } of commits) {
    const originOf = originsOf(message);
    const rollbacks = trailersOf(message, IMAGE_ROLLBACK);
    for (const image of bumpedImages(message)) {
      const reference = formatImageReference(image);
      pending.set(canonicalImageName(image.name), {
        image,
        origin: originOf(image),
        rollback: rollbacks.includes(reference),
      });
    }
  }
  return [...pending.values()];
}

/**
 * Adds to a commit's message what its trailers do not tell: where the images of earlier bumps come from, which ones are
 * meant to go back, and how the charts' versions were asked to follow.
 */
export function withPending(message: string, { images, rule }: Pending, rollbacks: readonly string[]): string {
  const lines = [
    ...images.map(({ image, origin }) => originTrailer(image, origin)),
    ...rollbacks.map((reference) => `${IMAGE_ROLLBACK}: ${reference}`),
    ...(rule === undefined ? [] : [`${RULE}: ${rule}`]),
  ];
  return lines.length === 0 ? message : `${message.trimEnd()}\n${lines.join('\n')}\n`;
}

/** Chart versions that a branch's commits give: name → versions. */
export function versionsOf(messages: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const versions = new Map<string, Set<string>>();
  for (const message of messages) {
    if (trailersOf(message, TRAILER.id).length === 0) continue;
    for (const line of trailersOf(message, TRAILER.chartVersion)) {
      const [name = '', version = ''] = line.split(' ');
      versions.set(name, (versions.get(name) ?? new Set<string>()).add(version));
    }
  }
  return versions;
}

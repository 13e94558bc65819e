import type { Build } from './build-order.js';
import { bumpedImages, TRAILER, trailersOf } from './commit-message.js';
import { HelmCdError } from './errors.js';
import { canonicalImageName, formatImageReference, type ImageReference } from './image-reference.js';

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

/** Where an image was built and by which run; empty texts are unknown. */
export interface ImageOrigin extends Build {
  readonly run: string;
}

/** An image that a pull request writes and its base has not got yet. */
export interface PendingImage {
  readonly image: ImageReference;
  readonly origin: ImageOrigin;
  /** Whether it was meant to replace a newer one. */
  readonly rollback: boolean;
}

/** Trailers that only commits of pull requests have, for what several bumps have put together. */
const IMAGE_ORIGIN = 'Image-Origin';
const IMAGE_ROLLBACK = 'Image-Rollback';
const UNKNOWN = '-';

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

const PARTS = ['repository', 'commit', 'workflow', 'runNumber', 'run'] as const;

function originText(origin: ImageOrigin): string {
  return PARTS.map((part) => origin[part].trim().replaceAll(/\s/g, '%20') || UNKNOWN).join(' ');
}

function readOrigin(words: readonly string[]): ImageOrigin {
  const part = (index: number): string => (words[index] === UNKNOWN ? '' : (words[index] ?? ''));
  return { repository: part(0), commit: part(1), workflow: part(2), runNumber: part(3), run: part(4) };
}

/** Where each image of a commit comes from: what the commit says of that image, else what it says of all. */
export function originsOf(message: string): (image: ImageReference) => ImageOrigin {
  const first = (name: string): string => trailersOf(message, name)[0] ?? '';
  const all: ImageOrigin = {
    repository: first(TRAILER.sourceRepository),
    commit: first(TRAILER.sourceCommit),
    workflow: first(TRAILER.sourceWorkflow),
    runNumber: first(TRAILER.sourceRunNumber),
    run: first(TRAILER.sourceRun),
  };
  const single = new Map(
    trailersOf(message, IMAGE_ORIGIN).map((line) => {
      const [reference = '', ...words] = line.split(' ');
      return [reference, readOrigin(words)];
    }),
  );
  return (image) => single.get(formatImageReference(image)) ?? all;
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
 * Adds to a commit's message what its trailers do not tell: where the images of earlier bumps come from, and which ones are
 * meant to go back.
 */
export function withPending(message: string, carried: readonly PendingImage[], rollbacks: readonly string[]): string {
  const lines = [
    ...carried.map(({ image, origin }) => `${IMAGE_ORIGIN}: ${formatImageReference(image)} ${originText(origin)}`),
    ...rollbacks.map((reference) => `${IMAGE_ROLLBACK}: ${reference}`),
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

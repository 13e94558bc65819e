import { TRAILER, trailersOf } from './commit-message.js';
import { formatImageReference, type ImageReference } from './image-reference.js';

/** Where an image was built; empty texts are unknown. */
export interface Build {
  /** `owner/name` of the source. */
  readonly repository: string;
  readonly commit: string;
  /** Which workflow's runs the number counts. */
  readonly workflow: string;
  readonly runNumber: string;
}

/** The same, and the page of the run. */
export interface ImageOrigin extends Build {
  readonly run: string;
}

/** A pull request's commit has images of several bumps: of all but the last one it says where each comes from. */
const IMAGE_ORIGIN = 'Image-Origin';
const UNKNOWN = '-';

const PARTS = ['repository', 'commit', 'workflow', 'runNumber', 'run'] as const;

/** The trailer that says where one image of a commit comes from, when it is not what the commit says of all. */
export function originTrailer(image: ImageReference, origin: ImageOrigin): string {
  const parts = PARTS.map((part) => origin[part].trim().replaceAll(/\s/g, '%20') || UNKNOWN);
  return `${IMAGE_ORIGIN}: ${formatImageReference(image)} ${parts.join(' ')}`;
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

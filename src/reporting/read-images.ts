/** Everything that registries and GitHub know of the images that run. */
import { createLimiter } from '../core/concurrency.js';
import type { ImageUse } from '../core/report-image-uses.js';
import { commitOf, repositoryOn } from '../core/report-images.js';
import type { ImageEntry } from '../core/report-model.js';
import type { CommitReader } from '../github/commit-facts.js';
import type { FoundImage, ImageRegistry } from './image-registry.js';

const CONCURRENCY = 6;

export interface ImageSources {
  /** Nothing: registries are not asked. */
  readonly registry: ImageRegistry | undefined;
  /** Nothing: GitHub is not asked. */
  readonly commits: CommitReader | undefined;
  /** `https://github.com` */
  readonly serverUrl: string;
}

async function find({ name, digest, tags }: ImageUse, registry: ImageRegistry | undefined): Promise<FoundImage> {
  if (registry === undefined) return { digest, facts: null, attached: null, note: 'registries were not asked' };
  const [tag] = tags;
  const found = await registry.find(name, digest || (tag ?? 'latest'));
  if (found.facts !== null || digest === '' || tag === undefined) return found;
  // Side-loaded, or pulled by way of something that has other digests: then its tag is the next best witness.
  const byTag = await registry.find(name, tag);
  if (byTag.facts === null) return found;
  return {
    ...byTag,
    digest,
    attached: null,
    note: `${found.note}: what is told is of its tag ${tag}, ${byTag.digest.slice(0, 19)}…`,
  };
}

async function entry(use: ImageUse, sources: ImageSources): Promise<ImageEntry> {
  const { registry, commits, serverUrl } = sources;
  const { digest, facts, attached, note } = await find(use, registry);
  const repository = facts === null ? undefined : repositoryOn(serverUrl, facts.source);
  const commit = facts === null ? null : commitOf(facts);
  const known =
    commits === undefined || commit === null || repository === undefined
      ? undefined
      : await commits.about(repository, commit.text);
  return {
    ...use,
    digest: use.digest || digest,
    facts,
    commit,
    commitTitle: known?.title ?? '',
    pullRequests: known?.pullRequests ?? [],
    builds: known?.builds ?? [],
    attached,
    note,
  };
}

/** Two uses that turned out to be the same image: one by its digest, one by its tag. */
function merge(images: readonly ImageEntry[]): readonly ImageEntry[] {
  const merged = new Map<string, ImageEntry>();
  for (const image of images) {
    const key = `${image.name}@${image.digest || image.tags.join()}`;
    const known = merged.get(key);
    if (known === undefined) merged.set(key, image);
    else {
      const best = known.facts === null || (known.note !== '' && image.note === '') ? image : known;
      const usedBy = new Map([...known.usedBy, ...image.usedBy].map((use) => [Object.values(use).join('/'), use]));
      merged.set(key, {
        ...best,
        tags: [...new Set([...known.tags, ...image.tags])].sort(),
        pods: known.pods + image.pods,
        usedBy: [...usedBy.values()],
      });
    }
  }
  return [...merged.values()];
}

/** @throws HelmCdError `cancelled`; whatever else goes wrong is a note of the image. */
export async function readImages(uses: readonly ImageUse[], sources: ImageSources): Promise<readonly ImageEntry[]> {
  const limit = createLimiter(CONCURRENCY);
  return merge(await Promise.all(uses.map((use) => limit(() => entry(use, sources)))));
}

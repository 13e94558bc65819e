/** Which images the releases of a report run. */
import { canonicalImageName, isImageName, parseImageReference } from './image-reference.js';
import type { ImageEntry, ReleaseEntry } from './report-model.js';

/** One image as it is to be looked up. */
export interface ImageUse {
  /** Canonical. */
  readonly name: string;
  /** What runs; empty when no node told, and the specs name none. */
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pods: number;
  readonly usedBy: ImageEntry['usedBy'];
}

interface Growing {
  readonly name: string;
  readonly digest: string;
  readonly tags: Set<string>;
  pods: number;
  readonly usedBy: Map<string, ImageEntry['usedBy'][number]>;
}

/** Every image once, by name and digest; what does not run yet by its tag. */
export function imageUses(releases: readonly Omit<ReleaseEntry, 'concerns'>[]): readonly ImageUse[] {
  const uses = new Map<string, Growing>();
  const add = (name: string, digest: string, tag: string, pods: number, release: Omit<ReleaseEntry, 'concerns'>) => {
    if (!isImageName(name)) return;
    const canonical = canonicalImageName(name);
    const key = digest === '' ? `${canonical}:${tag}` : `${canonical}@${digest}`;
    const use = uses.get(key) ?? { name: canonical, digest, tags: new Set(), pods: 0, usedBy: new Map() };
    uses.set(key, use);
    if (tag !== '') use.tags.add(tag);
    use.pods += pods;
    const { cluster, namespace, name: own } = release;
    use.usedBy.set(`${cluster}/${namespace}/${own}`, { cluster, namespace, release: own });
  };
  for (const release of releases) {
    for (const { image, running } of release.workloads.flatMap(({ containers }) => containers)) {
      for (const one of running) {
        const reference = parseImageReference(one.reference);
        const digest = one.digest || reference?.digest || '';
        // Where a mirror stands in, the node names the mirror.
        add(one.name, digest, reference?.tag ?? '', one.pods, release);
      }
      const wanted = parseImageReference(image);
      if (wanted === undefined || running.some(({ reference }) => reference === image)) continue;
      add(wanted.name, wanted.digest ?? '', wanted.tag ?? 'latest', 0, release);
    }
  }
  return [...uses.values()].map(({ tags, usedBy, ...use }) => ({
    ...use,
    tags: [...tags].sort(),
    usedBy: [...usedBy.values()],
  }));
}

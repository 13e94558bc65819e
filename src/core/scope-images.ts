import type { ChartScope } from './bump-request.js';
import type { BumpSources, WithFiles } from './bump-sources.js';
import { discoverImages, type ValuesLayer } from './image-discovery.js';
import { imageMentions, type ImageMention } from './image-mentions.js';
import { canonicalImageName, type ImageReference } from './image-reference.js';
import type { ImageUse } from './image-use.js';
import { mountedCharts, ownValues } from './subchart-layers.js';
import { TagSources } from './tag-source.js';

/** The images of one chart's values, and where each gets its tag from. */
export interface ScopeImages {
  readonly uses: readonly ImageUse[];
  readonly mentions: readonly ImageMention[];
  /** By canonical name. */
  readonly byName: ReadonlyMap<string, ReadonlySet<ImageUse>>;
  readonly sources: TagSources;
}

/**
 * Reads a chart's values, those of its subcharts and the environment's overlays.
 * @param images all images of the request.
 * @param where whether an empty tag may come from appVersion, and whether images in the templates count.
 */
export function* imagesOf(
  scope: Pick<ChartScope, 'folder' | 'overlays'>,
  images: readonly ImageReference[],
  sources: BumpSources,
  folders: readonly string[],
  where: { readonly appVersion: boolean; readonly inTemplates: boolean },
): WithFiles<ScopeImages> {
  const charts = yield* mountedCharts(scope.folder, sources, folders);
  const layers: ValuesLayer[] = [];
  for (const { folder, mount } of charts) {
    const file = yield* ownValues(folder, sources);
    if (file !== undefined) layers.push({ file, mount });
  }
  yield* sources.load(scope.overlays, `values of chart ${scope.folder || '.'}`);
  layers.push(...scope.overlays.map((path): ValuesLayer => ({ file: sources.yaml(path) })));
  const tags = new TagSources(sources, folders, layers, charts, where.appVersion);
  const inValues = discoverImages(layers, new Set(images.map(({ name }) => canonicalImageName(name))));
  const uses = where.inTemplates ? [...inValues, ...(yield* tags.literalUses())] : inValues;
  const byName = new Map<string, Set<ImageUse>>();
  for (const use of uses) {
    for (const name of use.names.map(canonicalImageName)) byName.set(name, (byName.get(name) ?? new Set()).add(use));
  }
  const mentions = layers.flatMap(({ file }) => imageMentions(file, images));
  return { uses, mentions, byName, sources: tags };
}

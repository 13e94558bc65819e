import { writesDigestAlgorithm } from './bare-digest.js';
import type { BumpSources, WithFiles } from './bump-sources.js';
import { chartField } from './chart-bump.js';
import { inFolder } from './chart-folders.js';
import { DIGEST_KEY, placeInForce, type ValuesLayer } from './image-discovery.js';
import { isImageName } from './image-reference.js';
import { tagOf, type ImageUse, type YamlPlace } from './image-use.js';
import { localDependencies, type MountedChart } from './subchart-layers.js';
import type { TemplateLink } from './template-pipeline.js';
import { nodeAt, walkYaml, type YamlFile, type YamlScalar } from './yaml-nodes.js';
import { isOwnLink, tagChains, TagChains, type TagField } from './tag-chains.js';

/** From where an image's tag really comes, as far as the templates tell. */
export interface TagSource {
  /** `own`: from the field beside its name, or nobody knows; `values`: from another value, such as global.imageTag. */
  readonly by: 'own' | 'values' | 'app-version';
  /** Of what it is taken from; nothing for `own`. */
  readonly place?: YamlPlace;
  /** What the templates put in front. */
  readonly prefix: string;
  /** The tag as it is now. */
  readonly tag: string;
  /** The image's own tag, if it were not empty, would count more. */
  readonly ownCounts: boolean;
}

const TEMPLATE = /\.(?:ya?ml|tpl|txt)$/;
const TAG_KEY = /tag$/i;

/** The texts of a chart's templates. Links among them are left out: nothing is written to them. */
function* templatesOf(folder: string, sources: BumpSources): WithFiles<readonly string[]> {
  const prefix = inFolder(folder, 'templates/');
  const paths = sources.regularPaths().filter((path) => path.startsWith(prefix) && TEMPLATE.test(path));
  yield* sources.load(paths, 'templates');
  return paths.map((path) => sources.text(path));
}

/** Whether there is a tag in the global values, which might count more than an image's own. */
function hasGlobalTag({ documents: [root] }: YamlFile): boolean {
  const global = nodeAt(root, ['global']);
  return [...walkYaml(global)].some(
    ({ pointer, node }) => node.kind === 'scalar' && TAG_KEY.test(pointer.at(-1) ?? ''),
  );
}

/** An image's fields as its own chart sees them. */
function fieldOf(use: ImageUse, { mount }: MountedChart): TagField {
  return {
    pointer: use.pointer.slice(mount.length),
    nameKey: use.place.pointer.at(-1) ?? '',
    tagKey: use.tag?.pointer.at(-1) ?? 'tag',
  };
}

function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** Finds out where the images of one chart get their tags. Templates are read only when the values leave that open. */
export class TagSources {
  private readonly sources: BumpSources;
  private readonly folders: readonly string[];
  private readonly layers: readonly ValuesLayer[];
  private readonly charts: readonly MountedChart[];
  private readonly useAppVersion: boolean;
  private readonly chains = new Map<string, TagChains>();
  private readonly bare = new Map<string, boolean>();
  private readonly found = new Map<ImageUse, TagSource>();
  private readonly hasGlobalTag: boolean;
  private literal: readonly ImageUse[] | undefined;
  private users: Map<YamlScalar, ImageUse[]> | undefined;

  /** @param charts the chart, last, and its subcharts. */
  constructor(
    sources: BumpSources,
    folders: readonly string[],
    layers: readonly ValuesLayer[],
    charts: readonly MountedChart[],
    useAppVersion: boolean,
  ) {
    this.sources = sources;
    this.folders = folders;
    this.layers = layers;
    this.charts = charts;
    this.useAppVersion = useAppVersion;
    this.hasGlobalTag = layers.some(({ file }) => hasGlobalTag(file));
  }

  /** The chart whose templates show the image. */
  private ownerOf(use: ImageUse): MountedChart {
    const within = this.charts.filter(({ mount }) => mount.every((key, index) => use.pointer[index] === key));
    const none: MountedChart = { folder: '', mount: [] };
    return within.reduce(
      (best, chart) => (chart.mount.length > best.mount.length ? chart : best),
      within.at(-1) ?? none,
    );
  }

  private *chainsOf(folder: string): WithFiles<TagChains> {
    const known = this.chains.get(folder);
    if (known !== undefined) return known;
    const texts = [...(yield* templatesOf(folder, this.sources))];
    this.bare.set(folder, writesDigestAlgorithm(texts));
    // Helpers are often in a library chart of the same repository.
    for (const { folder: other } of localDependencies(folder, this.sources, this.folders)) {
      yield* this.sources.load([inFolder(other, 'Chart.yaml')], 'dependencies');
      if (chartField(this.sources, other, 'type')?.scalar.text !== 'library') continue;
      texts.push(...(yield* templatesOf(other, this.sources)));
    }
    const chains = new TagChains(texts.flatMap(tagChains));
    this.chains.set(folder, chains);
    return chains;
  }

  /** Whether the templates of a use's chart put `sha256:` before the digest themselves. */
  *writesDigestAlgorithm(use: ImageUse): WithFiles<boolean> {
    const { folder } = this.ownerOf(use);
    yield* this.chainsOf(folder);
    return this.bare.get(folder) === true;
  }

  /** Where a use's tag comes from. */
  *of(use: ImageUse): WithFiles<TagSource> {
    const known = this.found.get(use);
    if (known !== undefined) return known;
    const source = yield* this.find(use);
    this.found.set(use, source);
    return source;
  }

  /** The uses whose tag is a certain value, be it their own or not. */
  *usersOf(scalar: YamlScalar, uses: readonly ImageUse[]): WithFiles<readonly ImageUse[]> {
    if (this.users === undefined) {
      this.users = new Map<YamlScalar, ImageUse[]>();
      for (const use of new Set([...uses, ...(yield* this.literalUses())])) {
        const scalars = new Set([use.tag?.scalar, (yield* this.of(use)).place?.scalar]);
        for (const key of scalars) {
          if (key !== undefined) addTo(this.users, key, use);
        }
      }
    }
    return this.users.get(scalar) ?? [];
  }

  /** What was found out about a use before. */
  known(use: ImageUse): TagSource | undefined {
    return this.found.get(use);
  }

  private *find(use: ImageUse): WithFiles<TagSource> {
    const own: TagSource = { by: 'own', prefix: '', tag: tagOf(use), ownCounts: true };
    if (use.form === 'reference' || (own.tag !== '' && !this.hasGlobalTag)) return own;
    const owner = this.ownerOf(use);
    const field = fieldOf(use, owner);
    const chain = (yield* this.chainsOf(owner.folder)).of(field);
    const isOwn = (link: TemplateLink) => isOwnLink(link, field);
    const { source, empty } = yield* this.follow(chain?.links ?? [], owner, isOwn, own.tag);
    if (source !== undefined) return source;
    // Nothing is set anywhere: the first place that there is.
    return use.tag === undefined ? (empty ?? own) : own;
  }

  /** What the templates put before an image's own tag, such as `v`. */
  *ownPrefix(use: ImageUse): WithFiles<string> {
    const owner = this.ownerOf(use);
    const field = fieldOf(use, owner);
    const chain = (yield* this.chainsOf(owner.folder)).of(field);
    return chain?.links.find((link) => isOwnLink(link, field))?.prefix ?? '';
  }

  /** The first link that is not empty, unless that is the image's own tag or a text in the template. */
  private *follow(
    links: readonly TemplateLink[],
    owner: MountedChart,
    isOwn: (link: TemplateLink) => boolean,
    ownTag: string,
  ): WithFiles<{ source?: TagSource; empty?: TagSource }> {
    let ownCounts = false;
    let empty: TagSource | undefined;
    for (const link of links) {
      if (link.kind === 'literal' || (isOwn(link) && ownTag !== '')) break;
      if (isOwn(link)) {
        ownCounts = true;
        continue;
      }
      const by = link.kind === 'app-version' ? 'app-version' : 'values';
      if (by === 'app-version' && !this.useAppVersion) continue;
      const place = by === 'app-version' ? yield* this.appVersionOf(owner.folder) : this.valueAt(link.path, owner);
      if (place === undefined) continue;
      const { text } = place.scalar;
      const source: TagSource = { by, place, prefix: link.prefix, tag: `${link.prefix}${text}`, ownCounts };
      if (text !== '') return { source };
      empty ??= { ...source, tag: '' };
    }
    return empty === undefined ? {} : { empty };
  }

  /** Images whose names are in the templates and whose tags are in the values or appVersion. */
  *literalUses(): WithFiles<readonly ImageUse[]> {
    if (this.literal !== undefined) return this.literal;
    const uses: ImageUse[] = [];
    for (const chart of this.charts) {
      for (const { links, literalName = '' } of (yield* this.chainsOf(chart.folder)).literal) {
        const { source, empty } = yield* this.follow(links, chart, () => false, '');
        const found = source ?? empty;
        if (found?.place === undefined || !isImageName(literalName)) continue;
        const { place } = found;
        const use: ImageUse = { form: 'fields', pointer: place.pointer, names: [literalName], place };
        this.found.set(use, found);
        uses.push(use);
      }
    }
    this.literal = uses;
    return uses;
  }

  private *appVersionOf(folder: string): WithFiles<YamlPlace | undefined> {
    yield* this.sources.load([inFolder(folder, 'Chart.yaml')], 'chart');
    return chartField(this.sources, folder, 'appVersion');
  }

  /** A value as a chart's templates see it: the global ones of the outermost chart come first. */
  private valueAt(path: readonly string[], { mount }: MountedChart): YamlPlace | undefined {
    if (path[0] !== 'global') return placeInForce(this.layers, [...mount, ...path]);
    for (let depth = 0; depth <= mount.length; depth++) {
      const place = placeInForce(this.layers, [...mount.slice(0, depth), ...path]);
      if (place !== undefined) return place;
    }
    return undefined;
  }

  /** The use with the tag that counts, and with the digest that stands beside that. */
  with(use: ImageUse, { place }: TagSource): ImageUse {
    if (place === undefined) return use;
    const beside = nodeAt(place.file.documents[0], place.pointer.slice(0, -1));
    const digests = (beside?.kind === 'map' ? [...beside.entries] : []).flatMap(([key, scalar]): YamlPlace[] => {
      if (scalar.kind !== 'scalar' || scalar.text === '' || !DIGEST_KEY.test(key)) return [];
      return [{ file: place.file, pointer: [...place.pointer.slice(0, -1), key], scalar }];
    });
    const [digest] = use.digest === undefined || use.digest.scalar.text === '' ? digests : [];
    return { ...use, tag: place, ...(digest === undefined ? {} : { digest }) };
  }
}

import { canonicalImageName, parseImageReference, shortImageName, type ImageReference } from './image-reference.js';
import type { YamlPlace } from './image-use.js';
import { walkYaml, type YamlFile } from './yaml-nodes.js';

/** An image inside a longer text, such as an argument or a file: it is not written, but somebody should know of it. */
export interface ImageMention {
  readonly place: YamlPlace;
  /** The reference as it stands there. */
  readonly reference: string;
  /** Canonical. */
  readonly name: string;
}

/** Whatever could be an image reference. */
const WORD = /[^\s"'`,[\]{}()<>#=|;]+/g;

/** Where one of some images stands with its version inside a longer text of the first document of a file. */
export function imageMentions(file: YamlFile, images: readonly ImageReference[]): readonly ImageMention[] {
  const wanted = new Set(images.map(({ name }) => canonicalImageName(name)));
  const parts = [...new Set(images.map(({ name }) => shortImageName(name)))];
  const seen = new Set<unknown>();
  const mentions: ImageMention[] = [];
  for (const { pointer, node } of walkYaml(file.documents[0])) {
    if (node.kind !== 'scalar' || typeof node.value !== 'string' || seen.has(node)) continue;
    const text = node.value;
    if (!parts.some((part) => text.includes(part))) continue;
    seen.add(node);
    for (const [reference] of text.matchAll(WORD)) {
      const image = reference === text.trim() ? undefined : parseImageReference(reference);
      if (image === undefined || (image.tag ?? image.digest) === undefined) continue;
      const name = canonicalImageName(image.name);
      if (wanted.has(name)) mentions.push({ place: { file, pointer, scalar: node }, reference, name });
    }
  }
  return mentions;
}

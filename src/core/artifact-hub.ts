import {
  canonicalImageName,
  formatImageReference,
  parseImageReference,
  type ImageReference,
} from './image-reference.js';
import { referenceFor, type YamlPlace } from './image-use.js';
import { nodeAt, type YamlFile } from './yaml-nodes.js';

/** Artifact Hub's annotation of Chart.yaml that lists the chart's images, as YAML inside a text. */
const ANNOTATION = 'artifacthub.io/images';
/** Whatever could be an image reference. */
const WORD = /[^\s"'`,[\]{}#]+/g;

/** References inside one text that are to be replaced by others. */
export interface TextPatch {
  readonly place: YamlPlace;
  /** Old reference → new one; each stands in the text as a word of its own. */
  readonly replacements: ReadonlyMap<string, string>;
}

/** The annotation's references to images that were bumped, when there is such an annotation and it is behind. */
export function imagesAnnotation(file: YamlFile, images: readonly ImageReference[]): TextPatch | undefined {
  const pointer = ['annotations', ANNOTATION];
  const scalar = nodeAt(file.documents[0], pointer);
  if (scalar?.kind !== 'scalar' || typeof scalar.value !== 'string') return undefined;
  const wanted = new Map(images.map((image) => [canonicalImageName(image.name), image]));
  const replacements = new Map<string, string>();
  for (const [word] of scalar.value.matchAll(WORD)) {
    const reference = parseImageReference(word);
    if (reference === undefined || (reference.tag === undefined && reference.digest === undefined)) continue;
    const image = wanted.get(canonicalImageName(reference.name));
    if (image === undefined) continue;
    const next = formatImageReference(referenceFor(image, reference.name, reference.digest !== undefined));
    if (next !== word) replacements.set(word, next);
  }
  return replacements.size === 0 ? undefined : { place: { file, pointer, scalar }, replacements };
}

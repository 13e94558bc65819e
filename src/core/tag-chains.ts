import type { Pointer } from './json-pointer.js';
import { lexTemplate } from './template-lexer.js';
import { readStatement, type TemplateLink } from './template-pipeline.js';

/** Where a template takes a tag from: the first link that is not empty. */
export interface TagChain {
  readonly links: readonly TemplateLink[];
  /** Paths below `.Values` on the same lines. */
  readonly beside: readonly Pointer[];
  /** It stands behind a key `image:`. */
  readonly isImage: boolean;
  /** The image's name, when the template itself says it: `image: ghcr.io/acme/api:{{ … }}`. */
  readonly literalName?: string;
}

const TAG_KEY = /(?:tag|version)$/i;

const IMAGE_LINE = /\bimage["']?:/i;
/** Characters before an action that are looked at. */
const LONGEST_NAME = 400;
/** What stands before an action that gives a tag, when the template says the image's name. */
const LITERAL_IMAGE = /\bimage["']?:\s*["']?([^\s"'{}]+):$/;
/** What the text puts in front of a tag: `v` in `:v{{ … }}`. */
const TEXT_PREFIX = /:([A-Za-z][A-Za-z-]*)$/;

function withPrefix(link: TemplateLink, prefix: string): TemplateLink {
  return { ...link, prefix: `${prefix}${link.prefix}` };
}

/** An `if`, `with`, `range` or `define` that is open. */
interface Block {
  readonly condition: readonly TemplateLink[];
  readonly negated: boolean;
  readonly then: TemplateLink[];
  readonly otherwise: TemplateLink[];
  inElse: boolean;
}

/** Whether a link may give a tag: a repository on the same line does not. */
function isTag({ kind, path }: TemplateLink): boolean {
  return kind === 'app-version' || kind === 'literal' || TAG_KEY.test(path.at(-1) ?? '');
}

function isSame(a: TemplateLink, b: TemplateLink): boolean {
  return a.kind === b.kind && a.path.join('/') === b.path.join('/');
}

/** Each link once, at its first place. */
function distinct(links: readonly TemplateLink[]): readonly TemplateLink[] {
  return links.filter((link, index) => links.findIndex((other) => isSame(link, other)) === index);
}

/** An action's content without the dashes that trim white space; nothing for a comment. */
function contentOf(action: string): string | undefined {
  const content = action
    .slice(2, -2)
    .replace(/^-(?=\s)/, '')
    .replace(/\s-$/, '')
    .trim();
  return content === '' || content.startsWith('/*') ? undefined : content;
}

/** All places of a template at which a tag is chosen or used, as far as its text tells. */
export function tagChains(template: string): readonly TagChain[] {
  const found: { links: readonly TemplateLink[]; start: number }[] = [];
  const mentions = new Map<number, Pointer[]>();
  const variables = new Map<string, readonly TemplateLink[]>();
  const blocks: Block[] = [];
  const lines = lineStarts(template);

  const emit = (links: readonly TemplateLink[], start: number) => {
    if (links.some(({ kind }) => kind !== 'literal')) found.push({ links: distinct(links), start });
  };
  const output = (links: readonly TemplateLink[]) => {
    const block = blocks.at(-1);
    if (block !== undefined) (block.inElse ? block.otherwise : block.then).push(...links);
  };

  for (const token of lexTemplate(template) ?? []) {
    if (token.kind !== 'action') continue;
    const content = contentOf(template.slice(token.start, token.end));
    if (content === undefined) continue;
    const statement = readStatement(content, variables);
    const links = statement.links.filter(isTag);
    const line = lineOf(lines, token.start);
    const onLine = mentions.get(line) ?? [];
    onLine.push(...statement.mentions);
    mentions.set(line, onLine);
    const { keyword, variable } = statement;
    if (variable !== undefined) {
      const before = statement.declares === true ? [] : (variables.get(variable) ?? []);
      const condition = blocks.at(-1);
      const overrides =
        condition?.negated === false && links.some((link) => condition.condition.some((other) => isSame(link, other)));
      const after = distinct(overrides ? [...links, ...before] : [...before, ...links]);
      variables.set(variable, after);
      emit(after, token.start);
    } else if (token.role === 'open' || token.role === 'define') {
      const isChoice = keyword === 'if' || keyword === 'with';
      blocks.push({
        condition: isChoice ? links : [],
        negated: statement.negated,
        then: [],
        otherwise: [],
        inElse: false,
      });
    } else if (token.role === 'middle') {
      const block = blocks.at(-1);
      if (block !== undefined) block.inElse = true;
      output(links);
    } else if (token.role === 'close') {
      const block = blocks.pop();
      if (block === undefined) continue;
      const rest = block.negated ? block.then : block.otherwise;
      if (block.condition.length > 0 && rest.length > 0) emit([...block.condition, ...rest], token.start);
      output([...block.then, ...block.otherwise]);
    } else if (token.role === 'output') {
      emit(links, token.start);
      output(links);
    }
  }
  const isImageLine = new Map<number, boolean>();
  return found.map(({ links, start }) => {
    const line = lineOf(lines, start);
    const isImage = isImageLine.get(line) ?? IMAGE_LINE.test(template.slice(lines[line], lines[line + 1]));
    isImageLine.set(line, isImage);
    const before = template.slice(Math.max(lines[line] ?? 0, start - LONGEST_NAME), start);
    const prefix = (isImage ? TEXT_PREFIX.exec(before)?.[1] : undefined) ?? '';
    const literalName = LITERAL_IMAGE.exec(before.slice(0, before.length - prefix.length))?.[1];
    return {
      links: links.map((link) => withPrefix(link, prefix)),
      beside: mentions.get(line) ?? [],
      isImage,
      ...(literalName === undefined ? {} : { literalName }),
    };
  });
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The index of the line that an offset is in. */
function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low;
}

/** An image's fields in the values, as its own chart's templates see them. */
export interface TagField {
  /** The map. */
  readonly pointer: Pointer;
  readonly nameKey: string;
  readonly tagKey: string;
}

const IMAGE_PART = /(?:tag|image|repository|name)$/i;

function keyOf(path: Pointer): string {
  return path.join('/');
}

function isGlobal({ kind, path }: TemplateLink): boolean {
  return kind === 'values' && path[0] === 'global';
}

/** The chains of all templates that may show an image, by what they tell of. */
export class TagChains {
  private readonly byTag = new Map<string, TagChain>();
  private readonly byName = new Map<string, TagChain>();
  private readonly byRelativeTag = new Map<string, TagChain>();
  private readonly forAll = new Map<string, TagChain>();
  /** Those of images whose names are in the templates. */
  readonly literal: readonly TagChain[];

  constructor(chains: readonly TagChain[]) {
    this.literal = chains.filter(({ literalName }) => literalName !== undefined);
    for (const chain of chains) {
      if (chain.literalName !== undefined) continue;
      const { links, beside, isImage } = chain;
      for (const { kind, path } of links) {
        if (kind === 'values') keep(this.byTag, keyOf(path), chain);
        if (kind === 'relative' && links.length > 1) keep(this.byRelativeTag, path.at(-1) ?? '', chain);
      }
      for (const path of beside) keep(this.byName, keyOf(path), chain);
      // A helper for all images names no image of its own.
      const isForAll =
        (isImage || links.length > 1) &&
        links.every((link) => link.kind === 'app-version' || link.kind === 'literal' || isGlobal(link)) &&
        !beside.some((path) => path[0] !== 'global' && IMAGE_PART.test(path.at(-1) ?? ''));
      if (isForAll) keep(this.forAll, '', chain);
    }
  }

  /**
   * Where an image's tag comes from: what names its tag, then what stands beside its name, then what is for all images.
   * @returns nothing when the templates do not tell.
   */
  of({ pointer, nameKey, tagKey }: TagField): TagChain | undefined {
    return (
      this.byTag.get(keyOf([...pointer, tagKey])) ??
      this.byName.get(keyOf([...pointer, nameKey])) ??
      this.byRelativeTag.get(tagKey) ??
      this.forAll.get('')
    );
  }
}

/** Of several chains for the same thing the longest tells most. */
function keep(chains: Map<string, TagChain>, key: string, chain: TagChain): void {
  const known = chains.get(key);
  if (known === undefined || chain.links.length > known.links.length) chains.set(key, chain);
}

/** Whether a link of an image's chain is the image's own tag. */
export function isOwnLink(link: TemplateLink, field: TagField): boolean {
  if (link.kind === 'relative') return link.path.at(-1) === field.tagKey;
  return link.kind === 'values' && link.path.join('/') === [...field.pointer, field.tagKey].join('/');
}

/**
 * Which line of which template made a line of a render. A copy of the chart is rendered whose template lines end in a
 * mark, written as a YAML comment; what comes out, less the marks, must be the render itself, and then each mark tells
 * the template line that its own line came from.
 */
import { lexTemplate, type TemplateAction, type TemplateToken } from './template-lexer.js';

/** Private-use characters: no chart has them. */
const OPEN = '\ue000';
const CLOSE = '\ue001';
const MARK = / #\ue000(\d+):(\d+)(t?)\ue001/g;
/** An action that begins a new line: what stands before it on its line ends there. */
const NEW_LINE = /\bnindent\b/;

export interface TemplateLine {
  /** The number given to the template when it was marked. */
  readonly file: number;
  /** From 1. */
  readonly line: number;
}

interface Insertion {
  readonly at: number;
  readonly text: string;
  /** How much of the template it replaces: the ` -}}` of an action. */
  readonly drop: number;
}

/**
 * The bodies of named templates that render on one line, such as names: a mark in them would get into other lines, and
 * into comparisons.
 * @returns for each token whether it is in such a body.
 */
function inlineBodies(text: string, tokens: readonly TemplateToken[]): readonly boolean[] {
  const inline = tokens.map(() => false);
  const stack: { readonly index: number; readonly define: boolean }[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'action') continue;
    if (token.role === 'open' || token.role === 'define') stack.push({ index, define: token.role === 'define' });
    if (token.role !== 'close') continue;
    const block = stack.pop();
    if (block?.define !== true) continue;
    const body = tokens.slice(block.index + 1, index);
    const manyLines = body.some((part, offset) => {
      if (part.kind === 'action') return false;
      const before = tokens[block.index + offset];
      const after = tokens[block.index + 2 + offset];
      let shown = text.slice(part.start, part.end);
      if (before?.kind === 'action' && before.trimRight) shown = shown.trimStart();
      if (after?.kind === 'action' && after.trimLeft) shown = shown.trimEnd();
      return shown.includes('\n');
    });
    if (!manyLines) inline.fill(true, block.index + 1, index);
  }
  return inline;
}

/** What stands on one line of a template, in order; an action that goes on over lines is on its last one. */
interface LineState {
  /** The line to name in the mark: that on which its first content starts. */
  line: number;
  /** Where a mark would go: behind the last content. */
  at: number;
  /** The action that ends there with ` -}}`. */
  trimmer: TemplateAction | undefined;
  depthAtContent: number;
  depth: number;
  hasContent: boolean;
  /** Whether its content begins with text: then a line before that text is none of its own. */
  startsWithText: boolean;
}

/**
 * The template with a mark at the end of each line that has something to render.
 * @param file the number that the marks carry.
 */
export function markTemplate(text: string, file: number): string {
  const tokens = lexTemplate(text);
  if (tokens === undefined) return text;
  const inline = inlineBodies(text, tokens);
  const insertions: Insertion[] = [];
  let lineNumber = 1;
  const fresh = (): LineState => ({
    line: lineNumber,
    at: -1,
    trimmer: undefined,
    depthAtContent: 0,
    depth: 0,
    hasContent: false,
    startsWithText: false,
  });
  let state = fresh();

  const flush = () => {
    if (state.hasContent) {
      const mark = ` #${OPEN}${file}:${state.line}${state.startsWithText ? 't' : ''}${CLOSE}`;
      // Behind ` -}}` text would keep the white space that it drops; a second action drops it as well.
      if (state.trimmer === undefined) insertions.push({ at: state.at, text: mark, drop: 0 });
      else insertions.push({ at: state.at - 3, text: `}}{{ "${mark}" -}}`, drop: 3 });
    }
    state = fresh();
  };
  const content = (start: number, at: number, isText: boolean, trimmer?: TemplateAction) => {
    if (!state.hasContent) Object.assign(state, { line: start, startsWithText: isText });
    Object.assign(state, { at, trimmer, depthAtContent: state.depth, hasContent: true });
  };

  for (const [index, token] of tokens.entries()) {
    const source = text.slice(token.start, token.end);
    if (token.kind === 'text') {
      let offset = token.start;
      for (const [part, piece] of source.split('\n').entries()) {
        if (part > 0) {
          lineNumber++;
          flush();
        }
        const shown = piece.trimEnd();
        const separator = /^---\s*$/.test(piece) && (part > 0 || token.start === 0);
        if (inline[index] !== true && shown.trim() !== '' && !separator) {
          content(lineNumber, offset + shown.length, true);
        }
        offset += piece.length + 1;
      }
      continue;
    }
    const startLine = lineNumber;
    lineNumber += source.split('\n').length - 1;
    if (inline[index] === true) continue;
    switch (token.role) {
      case 'open':
      case 'define':
        state.depth++;
        break;
      case 'middle':
        if (state.depth === 0) flush();
        break;
      case 'close':
        if (state.depth === 0) flush();
        else {
          state.depth--;
          // What a block of this line renders is followed by the mark whichever branch is taken.
          if (state.hasContent && state.depthAtContent > state.depth) {
            Object.assign(state, {
              at: token.end,
              trimmer: token.trimRight ? token : undefined,
              depthAtContent: state.depth,
            });
          }
        }
        break;
      case 'output':
        if (state.hasContent && NEW_LINE.test(source)) flush();
        content(startLine, token.end, false, token.trimRight ? token : undefined);
        break;
      case 'silent':
        break;
    }
  }
  flush();

  let marked = '';
  let at = 0;
  for (const insertion of insertions.sort((a, b) => a.at - b.at)) {
    marked += text.slice(at, insertion.at) + insertion.text;
    at = insertion.at + insertion.drop;
  }
  return marked + text.slice(at);
}

/** A marked render without its marks. */
export function stripMarks(text: string): string {
  return text.replace(MARK, '');
}

/** The first mark is that of the innermost template. */
function firstMark(text: string): { readonly place: TemplateLine; readonly startsWithText: boolean } | undefined {
  const [mark] = text.matchAll(MARK);
  if (mark === undefined) return undefined;
  return { place: { file: Number(mark[1]), line: Number(mark[2]) }, startsWithText: mark[3] === 't' };
}

/**
 * The template line that a line of a marked document came from. A line without a mark is part of what the next marked
 * one ends, the lines of a `toYaml`; unless that one begins with text of its own, for then nobody knows.
 * @param line of the document, from 1.
 */
export function traceLine(marked: string, line: number): TemplateLine | undefined {
  const lines = marked.split('\n').slice(line - 1);
  for (const [distance, text] of lines.entries()) {
    const mark = firstMark(text);
    if (mark !== undefined) return distance > 0 && mark.startsWithText ? undefined : mark.place;
  }
  return undefined;
}

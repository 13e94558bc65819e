import { LineCounter, parseDocument, visit, type Document } from 'yaml';
import { HelmCdError, messageOf, type Place } from '../core/errors.js';

/** No file that somebody writes is so long. */
const MOST_CHARACTERS = 1024 * 1024;

/** Keys and list indices from the root to a value. */
export type Pointer = readonly string[];

export interface ConfigProblem {
  readonly pointer: Pointer;
  readonly message: string;
  readonly hint?: string;
}

/** No file that says something has so many levels. */
const MOST_LEVELS = 100;

/**
 * Whether a text opens more brackets, or more lists on one line, than any file that says something. The parser goes a level deeper for
 * each, and what it runs out of then ends the whole process. Brackets in quotes count, too, but close again or are few.
 */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const sign of text) {
    if (sign === '[' || sign === '{') depth += 1;
    else if (sign === ']' || sign === '}') depth = Math.max(0, depth - 1);
    if (depth > MOST_LEVELS) return true;
  }
  return text
    .split('\n')
    .some((line) => (/^(?:\s*[-?:](?=\s))*/.exec(line)?.[0].match(/[-?:]/g) ?? []).length > MOST_LEVELS);
}

/** Turns paths of the parsed file into places, and problems into errors at those places. */
export class ConfigFile {
  readonly file: string;
  private readonly document: Document;
  private readonly lines: LineCounter;
  /** What is wrong, when all of it is wanted and not only the first. */
  private readonly collected: HelmCdError[] | undefined;

  /** @param collected where problems are put, so that `attempt` can go on behind one. */
  constructor(file: string, text: string, collected?: HelmCdError[]) {
    this.file = file;
    this.collected = collected;
    this.lines = new LineCounter();
    if (text.length > MOST_CHARACTERS) {
      throw new HelmCdError('config', `${file} has ${text.length} characters, more than ${MOST_CHARACTERS}.`, {
        place: { file },
      });
    }
    if (isTooDeep(text)) {
      throw new HelmCdError('config', `${file} is no valid YAML for us: it has more than ${MOST_LEVELS} levels.`, {
        place: { file },
      });
    }
    this.document = parseDocument(text, { lineCounter: this.lines, uniqueKeys: true, merge: true });
    const [problem] = this.document.errors;
    if (problem !== undefined) {
      const { line, col } = this.lines.linePos(problem.pos[0]);
      throw new HelmCdError(
        'config',
        `${file} is no valid YAML: ${problem.message.split('\n')[0]?.replace(/ at line.*/, '')}`,
        {
          place: { file, line, column: col },
        },
      );
    }
  }

  content(): unknown {
    try {
      return this.document.toJS({ maxAliasCount: 100 }) as unknown;
    } catch (cause) {
      throw new HelmCdError('config', `${this.file} is no valid YAML: ${messageOf(cause)}`, {
        place: this.placeOfUnresolvedAlias(),
        cause,
      });
    }
  }

  /** The parser itself finds what is wrong with aliases only when it resolves them, and then does not say where. */
  private placeOfUnresolvedAlias(): Place {
    let offset = 0;
    visit(this.document, {
      Alias: (_, alias) => {
        if (alias.resolve(this.document) !== undefined) return undefined;
        offset = alias.range?.[0] ?? 0;
        return visit.BREAK;
      },
    });
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line, column: col };
  }

  /** The place of a path's key (or list item), or of the nearest parent that exists. */
  placeOf(pointer: Pointer): Place {
    for (let length = pointer.length; length > 0; length--) {
      const parent = length === 1 ? this.document.contents : this.document.getIn(pointer.slice(0, length - 1), true);
      const offset = offsetIn(parent, pointer[length - 1] ?? '');
      if (offset === undefined) continue;
      const { line, col } = this.lines.linePos(offset);
      return { file: this.file, line, column: col };
    }
    return { file: this.file, line: 1 };
  }

  private problem({ pointer, message, hint }: ConfigProblem): HelmCdError {
    return new HelmCdError('config', `${this.file}: ${message}`, {
      place: this.placeOf(pointer),
      ...(hint === undefined ? {} : { hint }),
    });
  }

  fail(pointer: Pointer, message: string, hint?: string): never {
    throw this.problem({ pointer, message, ...(hint === undefined ? {} : { hint }) });
  }

  /** Fails with the first, after the others were collected if that is wanted. */
  failAll(problems: readonly ConfigProblem[]): never {
    const [first, ...others] = problems.map((problem) => this.problem(problem));
    this.collected?.push(...others);
    throw first ?? new Error('nothing is wrong');
  }

  /** Does the work. When all problems are wanted, one of its is collected, and the fallback is what it gives. */
  attempt<Result>(work: () => Result, fallback: Result): Result {
    try {
      return work();
    } catch (error) {
      if (this.collected === undefined || !(error instanceof HelmCdError)) throw error;
      this.collected.push(error);
      return fallback;
    }
  }
}

/** The offset of a key of a map or an item of a list; nothing for other nodes or when it is not there. */
function offsetIn(parent: unknown, key: string): number | undefined {
  const items = (parent as { items?: readonly unknown[] } | null)?.items;
  if (items === undefined) return undefined;
  for (const [index, item] of items.entries()) {
    const pair = item as { key?: { value?: unknown; range?: readonly number[] }; range?: readonly number[] };
    if (pair.key !== undefined && String(pair.key.value) === key) return pair.key.range?.[0];
    if (pair.key === undefined && String(index) === key) return pair.range?.[0];
  }
  return undefined;
}

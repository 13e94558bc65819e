/**
 * Line diffs in the unified format as git and patch read it, by Myers' algorithm (Algorithmica 1, 1986): the fewest
 * deletions and insertions.
 */

interface Edit {
  readonly kind: ' ' | '-' | '+';
  readonly line: string;
}

export interface DiffOptions {
  /** Unchanged lines shown around each change. */
  readonly context?: number;
  /** Names in the `---` and `+++` lines, such as `a/values.yaml`; without both there are none. */
  readonly from?: string;
  readonly to?: string;
}

/** Beyond this many edits the shortest script is not worth its memory: everything between is replaced. */
const MAX_EDITS = 2000;

/** Lines with their line feed; only the last one may have none. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** A line of the diff: a last line without a line feed is marked as such. */
function shown({ kind, line }: Edit): string {
  return `${kind}${line.endsWith('\n') ? line : `${line}\n\\ No newline at end of file\n`}`;
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' };

/** A file's name as git writes it: quoted like C when it has to be, and with a tab behind it when it has a space. */
function shownName(name: string): string {
  // eslint-disable-next-line no-control-regex -- exactly these are what git quotes
  if (!/["\\\u0000-\u001f\u007f]/.test(name)) return name.includes(' ') ? `${name}\t` : name;
  // eslint-disable-next-line no-control-regex
  const quoted = name.replace(/["\\\u0000-\u001f\u007f]/g, (character) => {
    return ESCAPES[character] ?? `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
  return `"${quoted}"`;
}

/** The furthest points of every round of the search, until the end of both sides is reached; nothing when it is too far. */
function search(a: readonly string[], b: readonly string[]): Int32Array[] | undefined {
  const limit = Math.min(a.length + b.length, MAX_EDITS);
  const size = 2 * limit + 3;
  const furthest = new Int32Array(size);
  const rounds: Int32Array[] = [];
  const at = (k: number) => k + limit + 1;
  for (let edits = 0; edits <= limit; edits++) {
    rounds.push(furthest.slice(at(-edits) - 1, at(edits) + 2));
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && (furthest[at(k - 1)] ?? 0) < (furthest[at(k + 1)] ?? 0));
      let x = down ? (furthest[at(k + 1)] ?? 0) : (furthest[at(k - 1)] ?? 0) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      furthest[at(k)] = x;
      if (x >= a.length && x - k >= b.length) return rounds;
    }
  }
  return undefined;
}

/** The edits between two lists that differ at both ends. */
function editsBetween(a: readonly string[], b: readonly string[]): Edit[] {
  const rounds = a.length === 0 || b.length === 0 ? undefined : search(a, b);
  if (rounds === undefined) {
    return [...a.map((line): Edit => ({ kind: '-', line })), ...b.map((line): Edit => ({ kind: '+', line }))];
  }
  const edits: Edit[] = [];
  let x = a.length;
  let y = b.length;
  for (let round = rounds.length - 1; round >= 0; round--) {
    const furthest = rounds[round] ?? new Int32Array();
    const at = (k: number) => furthest[k + round + 1] ?? 0;
    const k = x - y;
    const down = k === -round || (k !== round && at(k - 1) < at(k + 1));
    const previousX = down ? at(k + 1) : at(k - 1);
    const previousY = previousX - (down ? k + 1 : k - 1);
    const startX = round === 0 ? 0 : down ? previousX : previousX + 1;
    while (x > startX) {
      x -= 1;
      y -= 1;
      edits.push({ kind: ' ', line: a[x] ?? '' });
    }
    if (round === 0) break;
    if (down) edits.push({ kind: '+', line: b[previousY] ?? '' });
    else edits.push({ kind: '-', line: a[previousX] ?? '' });
    x = previousX;
    y = previousY;
  }
  return edits.reverse();
}

function allEdits(a: readonly string[], b: readonly string[]): Edit[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const same = (line: string): Edit => ({ kind: ' ', line });
  return [
    ...a.slice(0, start).map(same),
    ...editsBetween(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...a.slice(a.length - end).map(same),
  ];
}

/** The unified diff of two texts, an empty string when they are equal. `git apply` and `patch` make `after` of `before` with it. */
export function unifiedDiff(before: string, after: string, options: DiffOptions = {}): string {
  const { context = 3, from, to } = options;
  const edits = allEdits(linesOf(before), linesOf(after));
  const changed = edits.flatMap((edit, index) => (edit.kind === ' ' ? [] : [index]));
  if (changed.length === 0) return '';

  const hunks: { start: number; end: number }[] = [];
  for (const index of changed) {
    const last = hunks.at(-1);
    if (last !== undefined && index - context <= last.end) last.end = Math.min(edits.length, index + 1 + context);
    else hunks.push({ start: Math.max(0, index - context), end: Math.min(edits.length, index + 1 + context) });
  }

  const parts = from === undefined || to === undefined ? [] : [`--- ${shownName(from)}\n+++ ${shownName(to)}\n`];
  let oldLine = 0;
  let newLine = 0;
  let position = 0;
  const range = (line: number, count: number) =>
    count === 1 ? String(line + 1) : `${count === 0 ? line : line + 1},${count}`;
  for (const { start, end } of hunks) {
    for (const edit of edits.slice(position, start)) {
      if (edit.kind !== '+') oldLine += 1;
      if (edit.kind !== '-') newLine += 1;
    }
    const hunk = edits.slice(start, end);
    const oldCount = hunk.filter((edit) => edit.kind !== '+').length;
    const newCount = hunk.filter((edit) => edit.kind !== '-').length;
    parts.push(`@@ -${range(oldLine, oldCount)} +${range(newLine, newCount)} @@\n`);
    for (const edit of hunk) parts.push(shown(edit));
    oldLine += oldCount;
    newLine += newCount;
    position = end;
  }
  return parts.join('');
}

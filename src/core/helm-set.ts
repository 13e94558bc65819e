/**
 * helm's `--set` and `--set-string` without their values in the argument list, where every process of the machine could
 * read them: whatever a values file can say just as well goes into one. The syntax is that of helm's strvals.
 */

type Value = string | boolean | null | readonly (string | boolean | null)[];

interface Assignment {
  /** As it was written, for helm. */
  readonly source: string;
  readonly flag: '--set' | '--set-string';
  readonly path: readonly string[];
  /** Nothing when only helm's flag can say it: an index of a list, or an integer (a values file would make it a float). */
  readonly value: Value | undefined;
}

export interface SetValues {
  /** For a values file after all others; empty when there is nothing to say. */
  readonly overlay: Readonly<Record<string, unknown>>;
  /** For helm's argument list, in order. */
  readonly args: readonly string[];
}

/** Text up to one of the stop characters, with `\x` read as `x`, as helm does. */
function readUntil(text: string, start: number, stops: string): { value: string; end: number; stop: string } {
  let value = '';
  for (let index = start; index < text.length; index++) {
    const character = text[index] ?? '';
    if (stops.includes(character)) return { value, end: index + 1, stop: character };
    if (character === '\\') {
      index += 1;
      value += text[index] ?? '';
    } else {
      value += character;
    }
  }
  return { value, end: text.length, stop: '' };
}

/** Nothing for an integer: helm makes it an int64. */
function typed(text: string, flag: Assignment['flag']): string | boolean | null | undefined {
  if (flag === '--set-string') return text;
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  if (/^null$/i.test(text)) return null;
  return text === '0' || /^[+-]?[1-9]\d*$/.test(text) ? undefined : text;
}

function readList(text: string, start: number, flag: Assignment['flag']): { value: Value | undefined; end: number } {
  const items: (string | boolean | null | undefined)[] = [];
  for (let position = start; ;) {
    const item = readUntil(text, position, ',}');
    if (item.stop === '') return { value: undefined, end: item.end };
    items.push(typed(item.value, flag));
    position = item.end;
    if (item.stop === '}') {
      const end = text[position] === ',' ? position + 1 : position;
      const whole = items.every((entry) => entry !== undefined);
      return { value: whole ? items : undefined, end };
    }
  }
}

/** The assignments of one line: `a.b=1,c={x,y}`. What is malformed is left to helm, whose message names it. */
function parseLine(line: string, flag: Assignment['flag']): readonly Assignment[] {
  const assignments: Assignment[] = [];
  let position = 0;
  while (position < line.length) {
    const start = position;
    const path: string[] = [];
    let plain = true;
    let stop = '.';
    while (stop === '.' || stop === '[') {
      const key = readUntil(line, position, '=[,.');
      position = key.end;
      stop = key.stop;
      // An index may mean any place below the list.
      if (plain) path.push(key.value);
      if (stop === '[') plain = false;
    }
    if (stop !== '=') return [...assignments, { source: line.slice(start), flag, path, value: undefined }];
    let value: Value | undefined;
    if (line[position] === '{') {
      const list = readList(line, position + 1, flag);
      value = list.value;
      position = list.end;
    } else {
      const scalar = readUntil(line, position, ',');
      value = typed(scalar.value, flag);
      position = scalar.end;
    }
    const usable = plain && path.every((key) => key !== '' && key !== '__proto__');
    const source = line.slice(start, position).replace(/,$/, '');
    assignments.push({ source, flag, path, value: usable ? value : undefined });
  }
  return assignments;
}

function overlaps(a: readonly string[], b: readonly string[]): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(0, length).every((key, index) => key === b[index]);
}

function assign(target: Record<string, unknown>, path: readonly string[], value: Value): void {
  let node = target;
  for (const key of path.slice(0, -1)) {
    const next = node[key];
    const isMap = typeof next === 'object' && next !== null && !Array.isArray(next);
    const inner: Record<string, unknown> = isMap ? (next as Record<string, unknown>) : {};
    node[key] = inner;
    node = inner;
  }
  node[path.at(-1) ?? ''] = value;
}

/**
 * Splits what the inputs `set` and `set-string` say into a values overlay and what must stay an argument. An assignment
 * whose place was set by an argument before stays one too, for helm applies files first.
 */
export function planSetValues(set: readonly string[], setString: readonly string[]): SetValues {
  const assignments = [
    ...set.flatMap((line) => parseLine(line, '--set')),
    ...setString.flatMap((line) => parseLine(line, '--set-string')),
  ];
  const overlay: Record<string, unknown> = {};
  const args: Assignment[] = [];
  for (const assignment of assignments) {
    const { value, path } = assignment;
    if (value === undefined || args.some((earlier) => overlaps(earlier.path, path))) args.push(assignment);
    else assign(overlay, path, value);
  }
  return { overlay, args: args.flatMap(({ flag, source }) => [flag, source]) };
}

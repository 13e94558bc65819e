/** What helm says of values that break a values.schema.json: `- at '/a/b': …`, or `- a.b: …` up to helm 3.18.4. */
import { formatFieldPath } from '../core/field-path.js';
import { oneLine, withoutValues, type HelmProblem } from './problem.js';

/** One line of the message, with the lines that are indented below it. */
interface Complaint {
  readonly values: readonly string[];
  readonly reason: string;
  readonly nested: Complaint[];
}

const HEADING = "values don't meet the specifications of the schema";
const LINE = /^(\s*)- (?:at '((?:[^'\\]|\\.)*)'|(\S+?)): (.*)$/;

/** Whether a message tells of values that break a schema; lint's has no heading. */
export function isSchemaError(message: string): boolean {
  return (
    message.includes(HEADING) ||
    /^- (?:at '|\S+: )/.test(message) ||
    /^"file:\/\/\/values\.schema\.json#?" is not valid against metaschema/.test(message) ||
    /^failing loading "/.test(message)
  );
}

/** The parts of a JSON pointer, as helm writes it. */
function pointerParts(pointer: string): readonly string[] {
  const parts = pointer.replace(/\\(.)/g, '$1').split('/').slice(1);
  return parts.map((part) =>
    decodeURIComponent(part.replace(/%(?![0-9A-Fa-f]{2})/g, '%25'))
      .replaceAll('~1', '/')
      .replaceAll('~0', '~'),
  );
}

function readComplaints(lines: readonly string[]): readonly Complaint[] {
  const roots: Complaint[] = [];
  const open: { indent: number; complaint: Complaint }[] = [];
  for (const line of lines) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, indent = '', pointer, dotted = '', reason = ''] = match;
    const values = pointer === undefined ? (dotted === '(root)' ? [] : dotted.split('.')) : pointerParts(pointer);
    const complaint: Complaint = { values, reason, nested: [] };
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= indent.length) open.pop();
    (open.at(-1)?.complaint.nested ?? roots).push(complaint);
    open.push({ indent: indent.length, complaint });
  }
  return roots;
}

/** Numbers of the values are values; those of the schema are not. */
function describe(reason: string): string {
  const bound = /^(minimum|maximum|exclusiveMinimum|exclusiveMaximum|multipleOf): got \S+, want (\S+)$/.exec(reason);
  if (bound === null) return oneLine(withoutValues(reason));
  const words: Readonly<Record<string, string>> = {
    minimum: 'must be at least',
    maximum: 'must be at most',
    exclusiveMinimum: 'must be more than',
    exclusiveMaximum: 'must be less than',
    multipleOf: 'must be a multiple of',
  };
  return `${words[bound[1] ?? ''] ?? ''} ${bound[2] ?? ''}`;
}

const quotedNames = (text: string) => [...text.matchAll(/'((?:[^'\\]|\\.)*)'/g)].map((match) => match[1] ?? '');

const nameOf = (values: readonly string[]) =>
  values.length === 0
    ? 'the values'
    : `value ${formatFieldPath(values.map((part) => (/^\d+$/.test(part) ? Number(part) : part)))}`;

interface Told {
  readonly values: readonly string[];
  readonly message: string;
}

/** What is wrong, each thing once: what only says that something below it is wrong is left out. */
function tell({ values, reason, nested }: Complaint): readonly Told[] {
  const at = (path: readonly string[], text: string): Told => ({ values: path, message: `${nameOf(path)}: ${text}` });
  const oldUnknown = /^Additional property (.+) is not allowed$/.exec(reason);
  if (oldUnknown?.[1] !== undefined) return [at([...values, oldUnknown[1]], 'the schema allows no such property')];
  const unknown = /^additional propert(?:y|ies) (.*) not allowed$/i.exec(reason);
  if (unknown !== null) {
    return quotedNames(unknown[1] ?? '').map((name) => at([...values, name], 'the schema allows no such property'));
  }
  const misnamed = /^invalid propertyName '((?:[^'\\]|\\.)*)'/.exec(reason);
  if (misnamed?.[1] !== undefined) {
    const why = nested.map((item) => describe(item.reason).replace(/^the value /, 'its name '));
    return [at([...values, misnamed[1]], why.join('; ') || 'the schema allows no such name')];
  }
  if (nested.length === 0) return [at(values, describe(reason))];
  if (!/^'(?:oneOf|anyOf)' failed/.test(reason)) return nested.flatMap(tell);
  const ways = nested.flatMap(tell).map((told) => {
    const own = JSON.stringify(told.values) === JSON.stringify(values);
    return own ? told.message.slice(nameOf(values).length + 2) : told.message;
  });
  return [at(values, `none of what the schema allows: ${[...new Set(ways)].join('; ')}`)];
}

/** Of a schema that is itself no schema, or cannot be read. */
function brokenSchema(text: string): string | undefined {
  const meta = /is not valid against metaschema: .*?\n([\s\S]*)$/.exec(text);
  if (meta !== null) {
    const why = readComplaints((meta[1] ?? '').split('\n'))
      .flatMap(tell)
      .map(({ message }) => message.replace(/^value /, '').replace(/^the values: /, ''));
    return `is no JSON Schema: ${[...new Set(why)].join('; ')}`;
  }
  if (/^\s*- /m.test(text)) return undefined;
  return `cannot be used: ${oneLine(withoutValues(text))}`;
}

/**
 * The problems of a schema error.
 * @param message with or without the heading that a render puts before it.
 */
export function parseSchemaError(message: string): readonly HelmProblem[] {
  const sections: { chart: string | undefined; lines: string[] }[] = [];
  for (const line of message.split('\n')) {
    if (line.includes(HEADING)) continue;
    const header = /^([A-Za-z0-9._-]+):$/.exec(line)?.[1];
    if (header !== undefined) sections.push({ chart: header, lines: [] });
    else if (sections.length === 0) sections.push({ chart: undefined, lines: [line] });
    else sections.at(-1)?.lines.push(line);
  }
  return sections.flatMap(({ chart, lines }): readonly HelmProblem[] => {
    const of = chart === undefined ? {} : { chart };
    const broken = brokenSchema(lines.join('\n').trim());
    if (broken !== undefined) return [{ rule: 'values-schema', ...of, file: 'values.schema.json', message: broken }];
    return readComplaints(lines)
      .flatMap(tell)
      .map((told) => ({ rule: 'values-schema' as const, ...of, ...told }));
  });
}

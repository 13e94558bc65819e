/** Reads what a step says to GitHub's runner: workflow commands in its log, and command files. */

/** An `::error` or `::warning` of the log. */
export interface LoggedAnnotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
}

/** The entries of a GITHUB_OUTPUT file: `name=value` and `name<<DELIMITER`. */
export function parseCommandFile(text: string): Record<string, string> {
  const entries: Record<string, string> = {};
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line === '') continue;
    const [, name, delimiter] = /^([^=]+?)<<(.+)$/.exec(line) ?? [];
    if (name !== undefined && delimiter !== undefined) {
      const end = lines.indexOf(delimiter, index + 1);
      if (end < 0) throw new Error(`no end of the value of ${name}: ${delimiter}`);
      entries[name] = lines.slice(index + 1, end).join('\n');
      index = end;
    } else {
      const at = line.indexOf('=');
      if (at < 1) throw new Error(`not a line of a command file: ${line}`);
      entries[line.slice(0, at)] = line.slice(at + 1);
    }
  }
  return entries;
}

const unescape = (text: string) =>
  text.replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%0D/g, '\r').replace(/%0A/g, '\n').replace(/%25/g, '%');

function annotationOf(line: string): LoggedAnnotation | undefined {
  const [, level, properties = '', message = ''] =
    /^\s*::(error|warning|notice)(?: ([^:]*(?::(?!:)[^:]*)*))?::(.*)$/.exec(line) ?? [];
  if (level !== 'error' && level !== 'warning' && level !== 'notice') return undefined;
  const pairs = Object.fromEntries(
    properties.split(',').map((pair) => [pair.split('=', 1)[0], unescape(pair.slice(pair.indexOf('=') + 1))]),
  ) as Record<string, string | undefined>;
  return {
    level,
    message: unescape(message),
    ...(pairs['file'] === undefined ? {} : { file: pairs['file'] }),
    ...(pairs['line'] === undefined ? {} : { line: Number(pairs['line']) }),
  };
}

/** The annotations of a log, in order. */
export function annotationsOf(log: string): readonly LoggedAnnotation[] {
  return log
    .split('\n')
    .map(annotationOf)
    .filter((annotation) => annotation !== undefined);
}

const MASK = /^::add-mask::(.*)$/gm;

/** The values that the log's `::add-mask::` commands hide from then on. */
export function masksOf(log: string): readonly string[] {
  return [...log.matchAll(MASK)].map(([, value = '']) => unescape(value));
}

/** A log as it is shown: the runner never prints `::add-mask::` lines. */
export function withoutMasks(log: string): string {
  return log.replace(/^::add-mask::.*(\n|$)/gm, '');
}

/**
 * The runner's interface: commands on standard output, and the files that it names. As `@actions/core` has it, which
 * brings an HTTP client along that every step would have to load: half of the time that it takes to start.
 */
import { appendFileSync } from 'node:fs';
import os from 'node:os';

/** Of an annotation. */
export interface AnnotationProperties {
  readonly title?: string;
  /** Relative to the workspace. */
  readonly file?: string;
  readonly startLine?: number;
  readonly startColumn?: number;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** `::name key=value,key=value::message`, on a line of its own. */
function issue(name: string, message: string, properties: readonly (readonly [string, string])[] = []): void {
  const list = properties.map(([key, value]) => `${key}=${escapeProperty(value)}`).join(',');
  process.stdout.write(`::${name}${list === '' ? '' : ` ${list}`}::${escapeData(message)}${os.EOL}`);
}

function annotate(level: string, message: string, properties: AnnotationProperties): void {
  const { title, file, startLine, startColumn } = properties;
  const all = { title, file, line: startLine, col: startColumn };
  const given = Object.entries(all).flatMap(([key, value]): [string, string][] => {
    return value === undefined || value === '' ? [] : [[key, String(value)]];
  });
  issue(level, message, given);
}

export function error(message: string, properties: AnnotationProperties = {}): void {
  annotate('error', message, properties);
}

export function warning(message: string, properties: AnnotationProperties = {}): void {
  annotate('warning', message, properties);
}

export function notice(message: string, properties: AnnotationProperties = {}): void {
  annotate('notice', message, properties);
}

/** A line of the log. What in it the runner would obey is the caller's business. */
export function info(line: string): void {
  process.stdout.write(`${line}${os.EOL}`);
}

/** Shown only when the runner's debug logging is on. */
export function debug(message: string): void {
  issue('debug', message);
}

export function startGroup(title: string): void {
  issue('group', title);
}

export function endGroup(): void {
  issue('endgroup', '');
}

/** From now on the runner shows `***` instead. */
export function setSecret(secret: string): void {
  issue('add-mask', secret);
}

/** An input as action.yml hands it over, without white space around it; empty when there is none. */
export function getInput(name: string): string {
  return (process.env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] ?? '').trim();
}

let delimiters = 0;

/** A line that is nowhere in a text. It need not be a secret, and so no start waits for the library that makes those. */
function delimiterFor(text: string): string {
  for (;;) {
    const delimiter = `ghadelimiter_${delimiters++}`;
    if (!text.includes(delimiter)) return delimiter;
  }
}

/**
 * Sets an output of the step: between lines that are not in it, for it may have many lines and any text. Without a runner, as
 * a command that people see.
 */
export function setOutput(name: string, value: string): void {
  const file = process.env['GITHUB_OUTPUT'] ?? '';
  if (file === '') {
    process.stdout.write(os.EOL);
    issue('set-output', value, [['name', name]]);
    return;
  }
  const delimiter = delimiterFor(value);
  appendFileSync(file, `${name}<<${delimiter}${os.EOL}${value}${os.EOL}${delimiter}${os.EOL}`);
}

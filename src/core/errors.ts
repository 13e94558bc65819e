/**
 * Every way helm-cd can fail on purpose. A code is part of the interface: docs/troubleshooting explains each one, and
 * the `error` field of a result file carries it.
 */
export type ErrorCode =
  /** An input of the action is missing, malformed, or contradicts another. */
  | 'input'
  /** helm-cd.yaml is broken, or does not know what was asked for. */
  | 'config'
  /** A file of the chart's repository cannot be read or parsed. */
  | 'file'
  /** An image, a chart, a place in a file or a version that was asked for does not exist. */
  | 'not-found'
  /** Two things that must agree do not: a digest, a version already taken, a moved base. */
  | 'conflict'
  /** A rule forbids it: a downgrade, a policy, a size limit. */
  | 'refused'
  /** A server or repository does not answer, or answers nonsense. */
  | 'unreachable'
  /** A server or repository refuses our credentials. */
  | 'unauthorized'
  /** A program that is needed is missing, has the wrong version, or failed. */
  | 'tool'
  /** The time allowed for something has passed. */
  | 'timeout'
  /** The job was cancelled. */
  | 'cancelled'
  /** Asked for something this version does not do. */
  | 'unsupported';

/** A place in a file, as an annotation shows it. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

export interface ErrorDetails {
  /** What the user can do about it: one sentence. */
  readonly hint?: string;
  readonly place?: Place;
  readonly cause?: unknown;
}

/** By it the errors of one bundle are known in another, which has a class of its own. */
const BRAND = Symbol.for('helm-cd.error');

/**
 * A failure that the user can understand and mend. It is printed as one `::error`, without a stack trace.
 * Anything else that is thrown is a defect of helm-cd and is printed with its stack.
 */
export class HelmCdError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly place: Place | undefined;

  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && BRAND in value;
  }

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'HelmCdError';
    this.code = code;
    this.hint = details.hint;
    this.place = details.place;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** `file:line:column` as far as it is known. */
export function formatPlace(place: Place): string {
  return [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
}

/** The message of anything that can be thrown. A connection tried at several addresses has one only in its parts. */
export function messageOf(error: unknown): string {
  const { message, errors } = Object(error) as { message?: unknown; errors?: unknown };
  if (message === '' && Array.isArray(errors)) return errors.map(messageOf).join('; ');
  return typeof message === 'string' ? message : String(error);
}

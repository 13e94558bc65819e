/** What a call ends as: the label of metrics and the word in the log. */
export type CallOutcome =
  | 'dispatched'
  | 'duplicate'
  | 'ignored'
  | 'not-routed'
  | 'tag-refused'
  | 'gone'
  | 'failed'
  | 'deadline'
  | 'unauthorized'
  | 'malformed'
  | 'unknown-path'
  | 'wrong-method'
  | 'too-large'
  | 'too-slow'
  | 'cut-off'
  | 'busy'
  | 'defect';

/** A call that is not worked on, or not to its end. */
export class Refusal extends Error {
  readonly status: number;
  readonly outcome: CallOutcome;
  /** For the log alone. */
  readonly detail: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  /** @param message all that the caller is told. */
  constructor(
    status: number,
    outcome: CallOutcome,
    message: string,
    { detail, headers = {} }: { readonly detail?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.outcome = outcome;
    this.detail = detail;
    this.headers = headers;
  }
}

/** @param seconds whole ones. */
export function retryAfter(seconds: number): Readonly<Record<string, string>> {
  return { 'retry-after': String(Math.max(1, Math.ceil(seconds))) };
}

/** How a value stands in one environment. */
export type ParityState =
  | 'set'
  /** Set in a SOPS file, encrypted. */
  | 'encrypted'
  /** Set to null, which takes a default away. */
  | 'removed'
  /** Not set; the chart's default, or doing without, counts. */
  | 'default'
  /** Not set, and part of something that is switched off. */
  | 'off'
  /** Not set, and without a usable default. */
  | 'missing'
  /** Its secrets file does not show its keys. */
  | 'unknown';

/** A value that some environments set and others do not. */
export interface ParityRow {
  readonly path: string;
  /** How many values are below it; 1 for a value. */
  readonly values: number;
  readonly states: Readonly<Record<string, ParityState>>;
}

/** Where the environments of a chart differ in what they set. */
export interface ParityReport {
  readonly environments: readonly string[];
  readonly rows: readonly ParityRow[];
  /** How many of them helm-cd.yaml says not to mind. */
  readonly ignored: number;
  /** What could not be compared, in sentences. */
  readonly notes: readonly string[];
}

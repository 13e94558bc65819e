import type { Place } from './errors.js';
import type { Services } from './ports.js';

/**
 * Typed access to an action's inputs. An empty input counts as not given. Every input is read on every run (also those
 * that turn out not to matter), so that the contract test sees the whole list.
 */
export interface InputReader {
  /** @param fallback used when the input is empty; it is also the `default` in action.yml. */
  string(name: string, fallback?: string): string;
  /** @throws HelmCdError `input` when empty. */
  required(name: string): string;
  /** One item a line; empty lines and white space around items are dropped. */
  list(name: string): readonly string[];
  requiredList(name: string): readonly string[];
  /** @throws HelmCdError `input` for anything but `true` and `false`. */
  boolean(name: string, fallback: boolean): boolean;
  /** Milliseconds of a Go-style duration. */
  duration(name: string, fallback: string): number;
  /** @throws HelmCdError `input` that names the valid values. */
  choice<const T extends string>(name: string, values: readonly T[], fallback: T): T;
  /** Like `string`, and masked before it is returned. */
  secret(name: string): string;
}

/** A message at a place of the user's files. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly message: string;
  readonly place?: Place;
}

/** What an action has to say at its end. */
export interface Outcome {
  /** The `result` output: one word of those in the action's README. */
  readonly result: string;
  /** Whether the step is green. When it is not, `failure` says why in one sentence. */
  readonly ok: boolean;
  readonly failure?: string;
  /** All outputs of action.yml but the common ones (result, summary-file, result-file). */
  readonly outputs: Readonly<Record<string, string>>;
  /** Markdown: the result first, then a table, then foldable details. */
  readonly summary: string;
  /** Everything the action knows, as JSON: the result file, less the common fields that the runtime adds. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly annotations?: readonly Annotation[];
}

/** One action: its inputs are parsed and cross-checked before anything is touched. */
export interface Action<Inputs> {
  /** The folder's name in `actions/`. */
  readonly name: string;
  readonly readInputs: (reader: InputReader) => Inputs;
  readonly run: (inputs: Inputs, services: Services) => Promise<Outcome>;
}

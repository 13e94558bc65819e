import type { Phase } from './report.js';

/** Something failed after the release was touched: it must be settled. */
export class PhaseFailure extends Error {
  readonly phase: Phase;
  /** What the failed program said. */
  readonly output: string;

  constructor(phase: Phase, message: string, output = '', cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'PhaseFailure';
    this.phase = phase;
    this.output = output;
  }
}

import type { InputReader } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import { readReleaseInputs, type ReleaseInputs } from '../../release/release-inputs.js';

export interface RollbackInputs extends ReleaseInputs {
  /** 0: the last known good one. */
  readonly toRevision: number;
}

function readRevision(reader: InputReader): number {
  const text = reader.string('to-revision');
  if (text === '') return 0;
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number > 0) return number;
  throw new HelmCdError('input', `Input "to-revision" is no revision's number: "${text}"`, {
    hint: 'Write a number such as 12 (helm history shows them), or leave it out for the last known good revision.',
  });
}

/** Reads and checks all inputs of rollback-chart. */
export function readInputs(reader: InputReader): RollbackInputs {
  return { ...readReleaseInputs(reader), toRevision: readRevision(reader) };
}

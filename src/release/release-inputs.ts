/** Inputs that every action that changes a release has. */
import type { InputReader } from '../core/action.js';
import { HelmCdError } from '../core/errors.js';
import { isPlanDigest } from '../core/release-plan.js';

/** helm's own rule for release names: a DNS label of at most 53 characters. */
const RELEASE_NAME = /^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?$/;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** @throws HelmCdError `input` when a name is none that Kubernetes and helm take. */
export function checkNames(release: string, namespace: string): void {
  if (release !== '' && !RELEASE_NAME.test(release)) {
    throw new HelmCdError('input', `"${release}" is no name for a release.`, {
      hint: 'Use lower-case letters, digits and -, at most 53 characters.',
    });
  }
  if (namespace !== '' && !NAMESPACE.test(namespace)) {
    throw new HelmCdError('input', `"${namespace}" is no name for a namespace.`, {
      hint: 'Use lower-case letters, digits and -, at most 63 characters.',
    });
  }
}

/** @throws HelmCdError `input` for what is no plan's digest, or is given to a dry run. */
export function readPlanDigest(reader: InputReader, dryRun: boolean): string {
  const text = reader.string('plan-digest');
  if (text === '') return '';
  if (!isPlanDigest(text)) {
    throw new HelmCdError('input', `Input "plan-digest" is no digest of a plan: "${text}"`, {
      hint: 'Pass on the output "plan-digest" of a run with dry-run: true.',
    });
  }
  if (dryRun) {
    throw new HelmCdError('input', 'Inputs "plan-digest" and "dry-run" contradict each other.', {
      hint: 'A dry run makes a plan; the run that applies it takes plan-digest.',
    });
  }
  return text;
}

/** @throws HelmCdError `input` when too few revisions would be kept to go back to one. */
export function readHistoryMax(reader: InputReader): number {
  const text = reader.string('history-max', '10');
  const number = Number(text);
  // The revision that runs, the one that is tried, and one that can be gone back to.
  if (/^\d+$/.test(text) && (number === 0 || number >= 3)) return number;
  throw new HelmCdError('input', `Input "history-max" is neither 0 (no limit) nor at least 3: "${text}"`);
}

/** @throws HelmCdError `input` for a time limit in which nothing can be done. */
export function checkTimeouts(timeouts: Readonly<Record<string, number>>): void {
  for (const [name, milliseconds] of Object.entries(timeouts)) {
    if (milliseconds < 1000) throw new HelmCdError('input', `Input "${name}" is shorter than a second.`);
  }
}

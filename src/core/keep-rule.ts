import semver from 'semver';
import { HelmCdError } from './errors.js';
import { parseConstraint } from './version-constraint.js';

/** One line of `keep`: versions that are never removed. */
export interface KeepRule {
  /** As it was written. */
  readonly text: string;
  accepts(name: string, version: string): boolean;
}

const looselyEqual = (a: string, b: string) => a.replace(/^v/, '') === b.replace(/^v/, '');

/**
 * @param text an exact version, a constraint as helm knows them, or either of them behind `NAME@` for one chart only.
 * @param what where the text is from, for messages.
 * @throws HelmCdError `input` when it is none of these: a rule that keeps nothing by mistake would cost versions.
 */
export function parseKeepRule(text: string, what: string): KeepRule {
  const at = text.lastIndexOf('@');
  const name = at === -1 ? undefined : text.slice(0, at).trim();
  const wanted = text.slice(at + 1).trim();
  const constraint = wanted === '' ? undefined : parseConstraint(wanted);
  if (name === '' || constraint === undefined) {
    throw new HelmCdError('input', `${what} says neither a version nor a constraint: "${text}"`, {
      hint: 'Write 1.4.0, ~1.4.0, ">=2.0.0 <3.0.0", or one of these for one chart: shop@1.4.0.',
    });
  }
  // An exact version means itself only: a constraint would not see that build metadata differs.
  const accepts =
    semver.parse(wanted) === null
      ? (version: string) => constraint.accepts(version)
      : (version: string) => looselyEqual(version, wanted);
  return { text, accepts: (chart, version) => (name === undefined || name === chart) && accepts(version) };
}

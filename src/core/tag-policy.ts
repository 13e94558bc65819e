import semver from 'semver';
import { HelmCdError } from './errors.js';

/** A shell pattern of tags as a regular expression: `*` any characters, `?` one, `[a-z]` one of a set. */
function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source.replaceAll('[!', '[^')}$`);
}

/**
 * Which tags may be written: `*` all, `/…/` those that a regular expression matches, a SemVer range (`>=1.0.0 <2`,
 * `~1.4`) those versions in it, else a shell pattern (`main-*`).
 * @param what names the policy in messages.
 * @returns whether a tag is accepted.
 * @throws HelmCdError `config` when a regular expression is broken.
 */
export function tagPolicy(policy: string, what: string): (tag: string) => boolean {
  if (policy === '*') return () => true;
  const regular = /^\/(.*)\/(i?)$/.exec(policy);
  if (regular !== null) {
    try {
      const pattern = new RegExp(regular[1] ?? '', regular[2]);
      return (tag) => pattern.test(tag);
    } catch (cause) {
      throw new HelmCdError('config', `${what} is a broken regular expression: ${policy}`, { cause });
    }
  }
  const range = semver.validRange(policy);
  if (range !== null) return (tag) => semver.satisfies(tag.replace(/^v(?=\d)/, ''), range);
  const pattern = globPattern(policy);
  return (tag) => pattern.test(tag);
}

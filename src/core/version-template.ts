import semver from 'semver';
import { HelmCdError } from './errors.js';

/** What the placeholders of the input `version` stand for. */
export interface VersionVariables {
  /** Chart.yaml's own. */
  readonly version: string;
  /** The workflow run's number. */
  readonly runNumber: string;
  /** The commit. */
  readonly sha: string;
}

const SHORT_SHA_LENGTH = 7;
const PLACEHOLDER = /\{([^{}]*)\}/g;
const KNOWN = ['version', 'run-number', 'short-sha'] as const;
/** A commit that begins with a zero and has no letter: as an identifier of its own SemVer takes it for a bad number. */
const WORST_SHA = '0123456';

function fill(template: string, values: Readonly<Record<(typeof KNOWN)[number], string>>): string {
  return template.replace(PLACEHOLDER, (_, name: (typeof KNOWN)[number]) => values[name]);
}

/**
 * Checks the input `version` before anything is done: whatever commit and run it is, the result must be SemVer.
 * @throws HelmCdError `input`.
 */
export function checkVersionTemplate(template: string): void {
  for (const [whole, name] of template.matchAll(PLACEHOLDER)) {
    if ((KNOWN as readonly string[]).includes(name ?? '')) continue;
    throw new HelmCdError('input', `Input "version" has the unknown placeholder ${whole}`, {
      hint: `Known: ${KNOWN.map((known) => `{${known}}`).join(', ')}.`,
    });
  }
  const sample = (sha: string) => fill(template, { version: '1.2.3', 'run-number': '42', 'short-sha': sha });
  const isSemVer = (text: string) => semver.valid(text) !== null && !text.startsWith('v');
  if (!isSemVer(sample('abcdef1'))) {
    throw new HelmCdError(
      'input',
      `Input "version" gives no SemVer version: "${template}" (such as ${sample('abcdef1')})`,
      {
        hint: 'Write 1.2.3, {version}-develop.{run-number} or 1.2.3-develop.{run-number}.g{short-sha}.',
      },
    );
  }
  if (!isSemVer(sample(WORST_SHA))) {
    throw new HelmCdError('input', `Input "version" fails for commits whose id begins with a zero: "${template}"`, {
      hint: 'Put a letter before it: g{short-sha}.',
    });
  }
}

/**
 * The version that the input `version` means.
 * @throws HelmCdError `input` when a placeholder has no value here, or the chart's version makes the result no SemVer.
 */
export function fillVersionTemplate(template: string, variables: VersionVariables): string {
  const values = {
    version: variables.version,
    'run-number': variables.runNumber,
    'short-sha': variables.sha.slice(0, SHORT_SHA_LENGTH),
  };
  const empty = KNOWN.find((name) => template.includes(`{${name}}`) && values[name] === '');
  if (empty !== undefined) {
    throw new HelmCdError('input', `Input "version" needs {${empty}}, which only a workflow run has.`, {
      hint: 'Set GITHUB_RUN_NUMBER and GITHUB_SHA outside GitHub.',
    });
  }
  const filled = fill(template, values);
  if (semver.valid(filled) !== null) return filled;
  throw new HelmCdError('input', `Input "version" gives no SemVer version: "${template}" is "${filled}" here.`);
}

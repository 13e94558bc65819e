/** With what the charts are compared: the state before the change that is validated. */
import { readFile } from 'node:fs/promises';
import { HelmCdError } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import { record } from '../core/release-manifest.js';
import { openCheckout, type Checkout } from './changes.js';

export interface Base {
  readonly checkout: Checkout;
  /** The commit whose chart versions count. */
  readonly commit: string;
  /** As people know it: `origin/main`. */
  readonly name: string;
  /** Absolute paths of the files that changed since the histories parted. */
  readonly changed: readonly string[];
}

/** The base, or why there is none, as the end of a sentence. */
export type FoundBase = { readonly base: Base } | { readonly missing: string };

const NO_COMMIT = /^0*$/;

/** The commit before a push, from the event's payload. */
async function pushedFrom(environment: Readonly<Record<string, string>>): Promise<string> {
  const file = environment['GITHUB_EVENT_PATH'] ?? '';
  const text = file === '' ? '' : await readFile(file, 'utf8').catch(() => '');
  try {
    const before = record(JSON.parse(text))['before'];
    return typeof before === 'string' && !NO_COMMIT.test(before) ? before : '';
  } catch {
    return '';
  }
}

/** What the event suggests, best first. */
async function candidates({
  context,
  environment,
}: Pick<Services, 'context' | 'environment'>): Promise<readonly string[]> {
  if (context.baseRef !== '') return [`refs/remotes/origin/${context.baseRef}`, context.baseRef];
  const before = await pushedFrom(environment);
  return before === '' ? ['HEAD^'] : [before];
}

/**
 * @param wanted the input `base`; empty: what the event says.
 * @throws HelmCdError `not-found` when `wanted` names no commit of the checkout.
 */
export async function findBase(
  wanted: string,
  services: Pick<Services, 'processes' | 'workingDirectory' | 'context' | 'environment'>,
): Promise<FoundBase> {
  const checkout = await openCheckout(services.workingDirectory, services.processes);
  if (checkout === undefined) {
    if (wanted === '') return { missing: 'the working directory is in no git repository' };
    throw new HelmCdError('not-found', 'Input "base" is given, but the working directory is in no git repository.', {
      hint: 'Check the repository out before this step.',
    });
  }
  const refs = wanted === '' ? await candidates(services) : [wanted, `refs/remotes/origin/${wanted}`];
  for (const ref of refs) {
    const commit = await checkout.commitOf(ref);
    if (commit === undefined) continue;
    const parted = (await checkout.mergeBase(commit)) ?? commit;
    return {
      base: {
        checkout,
        commit,
        name: ref.replace(/^refs\/remotes\//, ''),
        changed: await checkout.changedSince(parted),
      },
    };
  }
  if (wanted === '') return { missing: `${refs[0]?.replace(/^refs\/remotes\//, '') ?? ''} is not in the checkout` };
  throw new HelmCdError('not-found', `Input "base" names no commit of the checkout: ${wanted}`, {
    hint: 'Give actions/checkout fetch-depth: 0, so that the history is there.',
  });
}

import { TRAILER, trailersOf } from '../../core/commit-message.js';
import { HelmCdError, messageOf } from '../../core/errors.js';
import { formatImageReference } from '../../core/image-reference.js';
import type { Services } from '../../core/ports.js';
import type { Repository } from '../../github/repository.js';
import { sendRepositoryDispatch } from '../../github/repository-dispatch.js';
import type { BumpResult } from './attempt.js';

import type { BumpInputs } from './inputs.js';

/** A commit that deserves an event, and the charts' versions in it. */
export interface Announced {
  readonly commit: string;
  readonly charts: Readonly<Record<string, string>>;
  /** Why the event could not be sent; empty when it was. */
  readonly failure: string;
}

/** The new commit, or that of an earlier, interrupted try of this very run. */
async function toAnnounce(done: BumpResult, key: string): Promise<Omit<Announced, 'failure'> | undefined> {
  if (done.result === 'bumped') {
    return { commit: done.commit, charts: Object.fromEntries(done.plan.charts.map(({ name, to }) => [name, to])) };
  }
  if (done.result !== 'unchanged') return undefined;
  const earlier = (await done.head.commits()).find(({ message }) =>
    trailersOf(message, TRAILER.id).some((id) => id.startsWith(`${key}.`)),
  );
  if (earlier === undefined) return undefined;
  const versions = trailersOf(earlier.message, TRAILER.chartVersion).map((text) => text.split(' '));
  return { commit: earlier.oid, charts: Object.fromEntries(versions.map(([name = '', to = '']) => [name, to])) };
}

/**
 * Sends the repository_dispatch that the input `dispatch` asks for, after the commit is made.
 * @param key by which a commit of this run's earlier tries is recognised.
 * @returns nothing when there is nothing to tell. A failure is told, not thrown: the commit is made.
 */
export async function announce(
  inputs: BumpInputs,
  { owner, name, client, clock }: Repository,
  done: BumpResult,
  key: string,
  services: Services,
): Promise<Announced | undefined> {
  const announced = await toAnnounce(done, key);
  if (announced === undefined) return undefined;
  const { commit, charts } = announced;
  try {
    await sendRepositoryDispatch(client, clock, {
      owner,
      name,
      eventType: inputs.dispatch,
      payload: {
        bump: {
          images: inputs.images.map(formatImageReference),
          charts,
          branch: done.head.branch,
          commit,
          environment: done.environment,
          run: services.context.runUrl,
        },
      },
    });
    services.log.info(`Sent the repository_dispatch "${inputs.dispatch}".`);
    return { ...announced, failure: '' };
  } catch (error) {
    if (error instanceof HelmCdError && error.code === 'cancelled') throw error;
    const hint = error instanceof HelmCdError && error.hint !== undefined ? ` ${error.hint}` : '';
    const failure = `The commit ${commit.slice(0, 12)} is made. ${messageOf(error)}${hint} Run the job again to send the event.`;
    return { ...announced, failure };
  }
}

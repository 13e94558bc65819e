import { HelmCdError } from '../core/errors.js';
import { MANIFEST_TYPE, tagOf } from '../core/oci-chart.js';
import type { PackedChart } from '../core/packed-chart.js';
import type { Services } from '../core/ports.js';
import type { PublishedChart } from '../core/publication.js';
import { refuseConflict, type OciRepository } from './oci-repository.js';

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 250;
/** After this, whoever had looked at the tag before we wrote it has written it, too: then the last one has won. */
const SETTLE_MS = 1000;
/** Others may be slower than we were. */
const SETTLE_FACTOR = 3;

/** A tag that was ours when we wrote it. */
export interface Claim {
  readonly chart: Pick<PackedChart, 'metadata' | 'digest'>;
  readonly repository: OciRepository;
  /** From before we looked at the tag until it was written. */
  readonly windowMs: number;
}

export interface Claimed {
  readonly published: PublishedChart;
  /** When we have written it. */
  readonly claim?: Claim;
}

/**
 * Gives a version its tag unless that is taken: looked at right before it is written, for registries have no conditional
 * writes.
 * @param upload sends the blobs again; called when the registry does not find them.
 * @throws HelmCdError `conflict` when the version is there with other bytes, `refused` when the tag cannot be written.
 */
export async function claimTag(
  repository: OciRepository,
  chart: Claim['chart'],
  manifest: Uint8Array,
  upload: () => Promise<void>,
  { clock, log }: Pick<Services, 'clock' | 'log'>,
): Promise<Claimed> {
  const { client } = repository;
  const { version } = chart.metadata;
  for (let attempt = 1; ; attempt++) {
    const start = clock.now();
    const published = refuseConflict(await repository.standing(chart));
    if (published.state === 'already-published') return { published };
    const outcome = await client.putManifest(tagOf(version), manifest, MANIFEST_TYPE);
    if (outcome.state === 'written') {
      log.info(`${published.url}: pushed, ${chart.digest}`);
      return { published, claim: { chart, repository, windowMs: clock.now() - start } };
    }
    if (outcome.state === 'immutable') {
      // It has the tag, by somebody else or by an attempt of ours whose answer got lost.
      const now = refuseConflict(await repository.standing(chart));
      if (now.state === 'already-published') return { published: now };
      throw new HelmCdError('refused', `${published.url} cannot be written: ${outcome.said}`, {
        hint: 'The registry says that the tag is there and does not change, but does not show it.',
      });
    }
    if (attempt === ATTEMPTS) {
      throw new HelmCdError('unreachable', `${published.url}: the registry loses what is uploaded: ${outcome.said}`, {
        hint: 'Run the job again later.',
      });
    }
    log.info(`${published.url}: the registry does not find what was uploaded; uploading it again`);
    await clock.sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    await upload();
  }
}

/**
 * Looks at the tags again a while after they were written: of several who wrote different charts to one new tag in the same
 * moment, the last one has won, and the others find that out here. What remains is a writer who stops between looking and
 * writing for longer than this waits.
 * @param onLost called with the claim that somebody else has.
 * @throws HelmCdError `conflict` when somebody else has one of them now.
 */
export async function confirmClaims(
  claims: readonly Claim[],
  { clock }: Pick<Services, 'clock'>,
  onLost: (claim: Claim) => void = () => undefined,
): Promise<void> {
  if (claims.length === 0) return;
  await clock.sleep(Math.max(SETTLE_MS, ...claims.map(({ windowMs }) => windowMs * SETTLE_FACTOR)));
  for (const claim of claims) {
    const standing = await claim.repository.standing(claim.chart);
    if (standing.state === 'conflict') onLost(claim);
    refuseConflict(standing);
  }
}

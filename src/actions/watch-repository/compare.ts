/** Puts together what the repositories have and what the clusters run: one item for each chart in each environment. */
import { createLimiter } from '../../core/concurrency.js';
import { HelmCdError } from '../../core/errors.js';
import { decidePending } from '../../core/pending-decision.js';
import type { PendingItem } from '../../core/pending-report.js';
import type { PendingDecision, PendingQuestion, Upstream } from '../../core/pending-types.js';
import type { FirstSeen } from './first-seen.js';
import type { WatchInputs } from './inputs.js';
import { placeKey, type ReleaseReading } from './read-releases.js';
import { offerKey, type OfferedChart, type RepositoryReading } from './read-repositories.js';
import type { WatchedChart } from './targets.js';

/** Versions asked for at the same time, and at most for one release: each is a request to a registry. */
const AT_ONCE = 6;
const MOST_ASKED = 50;

export interface Readings {
  readonly repositories: ReadonlyMap<string, RepositoryReading>;
  readonly releases: ReadonlyMap<string, ReleaseReading>;
  /** Nothing when nothing is kept between runs. */
  readonly firstSeen: FirstSeen | undefined;
}

const NOTHING_KNOWN = {
  version: '',
  digest: '',
  notes: [],
  alarm: undefined,
  quarantinedRevision: 0,
} satisfies Partial<PendingDecision>;

function upstreamOf({ upstream }: WatchedChart, releases: Readings['releases']): Upstream | undefined {
  if (upstream === undefined) return undefined;
  const { environment, place, requireVerified } = upstream;
  const reading = releases.get(placeKey(place));
  const problem = reading === undefined ? 'it was not read' : 'problem' in reading ? reading.problem : '';
  const facts = reading !== undefined && 'facts' in reading ? reading.facts : undefined;
  return { environment, problem, facts, requireVerified };
}

/** Asks for versions until the question can be answered. */
async function settle(question: PendingQuestion, offered: OfferedChart): Promise<PendingDecision> {
  let { versions } = question;
  for (let asked = 0; ; asked++) {
    const decision = decidePending({ ...question, versions });
    if ('state' in decision) return decision;
    if (asked === MOST_ASKED) {
      throw new HelmCdError(
        'refused',
        `${MOST_ASKED} versions of ${question.chart} were looked at, and none may be deployed.`,
      );
    }
    const resolved = await offered.resolve(decision.need);
    versions = versions.map((offer) => (offer.version === decision.need ? resolved : offer));
  }
}

async function compareOne(
  watched: WatchedChart,
  { repositories, releases, firstSeen }: Readings,
  inputs: WatchInputs,
  now: number,
): Promise<PendingItem> {
  const { environment, chart, place, mode, constraint, minAgeMs } = watched;
  const offered = repositories.get(offerKey(watched.repository, chart));
  const reading = releases.get(placeKey(place));
  const repository = offered !== undefined && 'url' in offered ? offered.url : watched.repository;
  const running = reading !== undefined && 'facts' in reading ? reading.facts.running : undefined;
  const common = {
    ...{ environment, chart, release: place.release, namespace: reading?.namespace ?? place.namespace },
    ...{ context: place.context, repository, mode },
    ...{ from: running?.version ?? '', revision: running?.revision ?? 0 },
  };
  const unreadable = (reason: string): PendingItem => ({ ...common, ...NOTHING_KNOWN, state: 'unreadable', reason });
  if (offered === undefined || 'problem' in offered)
    return unreadable(offered?.problem ?? 'The repository was not read.');
  if (reading === undefined || 'problem' in reading) return unreadable(reading?.problem ?? 'The cluster was not read.');
  const question: PendingQuestion = {
    chart,
    repository,
    versions: offered.versions,
    constraint,
    minAgeMs,
    firstSeen:
      firstSeen === undefined
        ? undefined
        : ({ version, digest = '' }) => firstSeen.timeOf(repository, chart, version, digest),
    now,
    retryQuarantined: inputs.retryQuarantined,
    stopOnAlarm: inputs.onAlarm === 'error',
    isAutomatic: mode === 'deployment' || inputs.includeDelivery,
    release: reading.facts,
    upstream: upstreamOf(watched, releases),
  };
  try {
    return { ...common, ...(await settle(question, offered)) };
  } catch (error) {
    if (!(error instanceof HelmCdError) || error.code === 'cancelled') throw error;
    return unreadable(error.message);
  }
}

/**
 * Compares everything, in the order given.
 * @param now milliseconds since 1970.
 */
export async function compareAll(
  watched: readonly WatchedChart[],
  readings: Readings,
  inputs: WatchInputs,
  now: number,
): Promise<readonly PendingItem[]> {
  const limit = createLimiter(AT_ONCE);
  return Promise.all(watched.map((one) => limit(() => compareOne(one, readings, inputs, now))));
}

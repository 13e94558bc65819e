import semver from 'semver';
import type { ChartBump } from '../../core/bump-request.js';
import { inFolder } from '../../core/chart-folders.js';
import { chartVersionIn } from '../../core/chart-yaml-version.js';
import { formatDuration } from '../../core/duration.js';
import { messageOf } from '../../core/errors.js';
import type { BranchHead } from '../../core/repository-branch.js';
import type { openStore, StoreServices } from '../../stores/open-store.js';
import type { StoreAccess } from '../../stores/store.js';

/** For all chart repositories of a run together: what it takes longer than this is not known. */
const LOOK_UP_TIMEOUT_MS = 8000;

/** What a chart repository says of one chart. */
export type PublishedVersions =
  | { readonly versions: readonly string[] }
  /** Why it could not be asked. */
  | { readonly unknown: string };

/** Asks a chart repository which versions of a chart it has; it never fails. */
export type LookUpVersions = (repository: string, chart: string) => Promise<PublishedVersions>;

/**
 * Asks chart repositories, each for each chart at most once in a run, and all of them together not longer than a moment:
 * a bump does not depend on them.
 * @param opener loads what opens them: only those who have one to ask wait for that.
 */
export function publishedVersions(
  services: StoreServices,
  opener: () => Promise<typeof openStore>,
  timeoutMs = LOOK_UP_TIMEOUT_MS,
  access: StoreAccess = {},
): LookUpVersions {
  const known = new Map<string, Promise<PublishedVersions>>();
  const late = { unknown: `no answer within ${formatDuration(timeoutMs)}` };
  // Time in which nothing is asked does not count.
  let left = timeoutMs;
  let asking = 0;
  let askingSince = 0;
  const ask = async (repository: string, chart: string): Promise<PublishedVersions> => {
    if (asking++ === 0) askingSince = services.clock.now();
    const over = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeIsOver = new Promise<PublishedVersions>((resolve) => {
      timer = setTimeout(() => {
        resolve(late);
        over.abort();
      }, left);
    });
    const answer = async (): Promise<PublishedVersions> => {
      try {
        const cancelled = AbortSignal.any([services.cancelled, over.signal]);
        const store = await (await opener())(repository, access, { ...services, cancelled });
        return { versions: (await store.versions(chart)).map(({ version }) => version) };
      } catch (error) {
        return { unknown: messageOf(error).split('\n')[0] ?? '' };
      }
    };
    try {
      return await Promise.race([answer(), timeIsOver]);
    } finally {
      clearTimeout(timer);
      if (--asking === 0) left = Math.max(0, left - (services.clock.now() - askingSince));
    }
  };
  return (repository, chart) => {
    const key = JSON.stringify([repository, chart]);
    const answer = known.get(key) ?? ask(repository, chart);
    known.set(key, answer);
    return answer;
  };
}

/** Versions without a leading v and without build metadata: 1.0.0+a and 1.0.0+b are one to those who install. */
function normalized(versions: readonly string[]): readonly string[] {
  return versions.flatMap((version) => semver.parse(version)?.version ?? []);
}

export interface TakenVersions {
  /** By the chart's folder. */
  readonly taken: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether any of the charts was to get a version that is taken. */
  readonly clash: boolean;
  /** What could not be looked up, and what was avoided. */
  readonly notes: readonly string[];
}

/**
 * The versions that the charts of a plan had before on this branch, or have in their environment's chart repository: after
 * a revert, or when somebody published by hand, the next version may be one of them.
 * @param repositoryOf the URL of the chart repository that a chart's folder is published to; empty for none.
 * @param proposed by a chart's name, versions that it gets by pull requests that are open.
 */
export async function takenVersions(
  head: BranchHead,
  charts: readonly ChartBump[],
  repositoryOf: (folder: string) => string,
  lookUp: LookUpVersions,
  proposed: ReadonlyMap<string, ReadonlySet<string>> = new Map(),
): Promise<TakenVersions> {
  const rising = charts.filter(({ from, to }) => from !== to);
  // Asked all at once, and while the history is read.
  const asked = rising.map(async (chart) => {
    const repository = repositoryOf(chart.folder);
    const published = repository === '' ? { versions: [] } : await lookUp(repository, chart.name);
    return { ...chart, repository, published };
  });
  const taken = new Map<string, ReadonlySet<string>>();
  const notes = new Set<string>();
  let clash = false;
  for (const [index, looking] of asked.entries()) {
    const texts = await head.earlier(inFolder(rising[index]?.folder ?? '', 'Chart.yaml'));
    const { name, folder, to, repository, published } = await looking;
    const next = semver.parse(to)?.version ?? to;
    const before = normalized(texts.flatMap((text) => chartVersionIn(text) ?? []));
    const waiting = normalized([...(proposed.get(name) ?? [])]);
    const elsewhere = 'versions' in published ? normalized(published.versions) : [];
    if ('unknown' in published) {
      notes.add(`Whether ${repository} has a chart’s next version already is not known: ${published.unknown}`);
    }
    if (before.includes(next)) notes.add(`${name} ${to} was on this branch before, so it is not given again.`);
    else if (elsewhere.includes(next))
      notes.add(`${name} ${to} is in ${repository} already, so it is not given again.`);
    else if (waiting.includes(next))
      notes.add(`${name} ${to} is in another open pull request, so it is not given again.`);
    clash ||= [...before, ...elsewhere, ...waiting].includes(next);
    taken.set(folder, new Set([...before, ...elsewhere, ...waiting]));
  }
  return { taken, clash, notes: [...notes] };
}

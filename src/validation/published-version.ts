/** Whether a chart's version is published already, with other content than the chart has now. */
import semver from 'semver';
import { readChartFolder } from '../charts/chart-files.js';
import { compareCharts, type ChartDifference } from '../charts/compare-charts.js';
import type { FoundChart } from '../charts/find-charts.js';
import { archiveTime, packChart } from '../charts/pack.js';
import { unpackChart } from '../charts/unpack.js';
import { standingOf } from '../core/chart-index.js';
import { nextChartVersion } from '../core/chart-version.js';
import { sha256Digest } from '../core/digest.js';
import { HelmCdError } from '../core/errors.js';
import type { Finding, FindingLevel } from '../core/findings.js';
import { archiveName, type PackedChart } from '../core/packed-chart.js';
import type { Services } from '../core/ports.js';
import { openStore, type StoreServices } from '../stores/open-store.js';
import type { ChartStore } from '../stores/store.js';
import type { EnvironmentPlan } from './plan.js';
import { versionPlace } from './version-increment.js';

/** What the chart repositories of a chart's environments say about its version. */
export interface PublishedReport {
  readonly findings: readonly Finding[];
  /** Why a repository could not be asked, in sentences. */
  readonly unseen: readonly string[];
  /** How many repositories have answered. */
  readonly answered: number;
  /** The newest version that is no pre-release, where one was asked for and found. */
  readonly newest?: { readonly version: string; readonly environments: string };
}

export interface PublishedQuestion {
  readonly chart: FoundChart;
  /** The chart's folder with its dependencies. */
  readonly prepared: string;
  readonly environments: readonly EnvironmentPlan[];
  readonly level: FindingLevel;
  /** Whether to look for the newest version, too. */
  readonly newest: boolean;
}

/** Asks chart repositories, each index once. */
export interface PublishedVersions {
  /** @throws HelmCdError `cancelled` and nothing else: what cannot be asked is in `unseen`. */
  check(question: PublishedQuestion): Promise<PublishedReport>;
}

type NeededServices = StoreServices & Pick<Services, 'workingDirectory'>;

/** Names in one message. */
const MOST_NAMED = 5;

/** A store that is only read, and how to let go of it. */
interface OpenStore {
  readonly store: Promise<ChartStore>;
  readonly stop: AbortController;
}

function describe({ changed, added, removed }: ChartDifference): string {
  const parts = [
    ...changed.map((name) => `${name} changed`),
    ...added.map((name) => `${name} is new`),
    ...removed.map((name) => `${name} is gone`),
  ];
  const more = parts.length - MOST_NAMED;
  return more > 0 ? `${parts.slice(0, MOST_NAMED).join(', ')} and ${more} more` : parts.join(', ');
}

const isEmpty = ({ changed, added, removed }: ChartDifference) => changed.length + added.length + removed.length === 0;

/** The environments of each repository, as a text. */
function repositoriesOf(environments: readonly EnvironmentPlan[]): ReadonlyMap<string, string> {
  const names = new Map<string, string[]>();
  for (const { name, repository } of environments) {
    if (repository !== '') names.set(repository, [...(names.get(repository) ?? []), name]);
  }
  return new Map([...names].map(([url, list]) => [url, list.join(', ')]));
}

/** The archive that has the chart's version in a repository; nothing when it is not to be had. */
async function publishedArchive(store: ChartStore, { metadata }: PackedChart): Promise<Uint8Array | undefined> {
  const { name, version } = metadata;
  const listed = (await store.versions(name).catch(() => [])).find((other) => other.version === version);
  const url = store.kind === 'oci' ? `${store.url}/${name}` : `${store.url}/${archiveName(metadata)}`;
  const wanted = listed ?? { name, version, digest: undefined, created: undefined, url, metadata: {} };
  try {
    return await store.fetch({ ...wanted, digest: undefined });
  } catch (error) {
    if (error instanceof HelmCdError && ['not-found', 'unsupported'].includes(error.code)) return undefined;
    throw error;
  }
}

/** Why a version cannot be published in a repository; nothing when it can, or is there. */
async function refusalIn(store: ChartStore, packed: PackedChart): Promise<string | undefined> {
  if (store.kind !== 'http') {
    const [standing] = await store.plan([packed]);
    if (standing?.state !== 'conflict') return undefined;
    return standing.reason ?? `version ${packed.metadata.version} is taken in ${store.url}`;
  }
  // Others publish there; what the index says is what is known.
  const { name } = packed.metadata;
  const versions = await store.versions(name);
  const entries = versions.map(({ version, digest }) => ({ name, version, digest }));
  const standing = standingOf(packed, new Map([[name, entries]]), store.url);
  return standing.state === 'conflict' ? standing.reason : undefined;
}

/** How the version stands in one repository: nothing when it is free, or there with the same content. */
async function conflictIn(store: ChartStore, packed: PackedChart, environments: string): Promise<string | undefined> {
  const refusal = await refusalIn(store, packed);
  if (refusal === undefined) return undefined;
  const { version } = packed.metadata;
  const archive = await publishedArchive(store, packed);
  // Another version that differs in build metadata only, or an archive that is somewhere else.
  if (archive === undefined) return refusal;
  const there = await unpackChart(archive, `${store.url}/${archiveName(packed.metadata)}`);
  const difference = compareCharts(there, await unpackChart(packed.bytes, archiveName(packed.metadata)));
  if (isEmpty(difference)) return undefined;
  return `version ${version} is already published in ${environments} with other content: ${describe(difference)} (${sha256Digest(archive)} there, ${packed.digest} here)`;
}

async function takenVersions(store: ChartStore, name: string): Promise<ReadonlySet<string>> {
  return new Set((await store.versions(name).catch(() => [])).map(({ version }) => version));
}

async function newestIn(store: ChartStore, name: string): Promise<string | undefined> {
  const versions = (await store.versions(name)).map(({ version }) => version);
  return versions.find((version) => semver.valid(version) !== null && semver.prerelease(version) === null);
}

/** @param timeoutMs after this a repository is given up. */
export function createPublishedVersions(services: NeededServices, timeoutMs: number): PublishedVersions {
  const stores = new Map<string, OpenStore>();

  const open = (url: string): OpenStore => {
    const known = stores.get(url);
    if (known !== undefined) return known;
    const stop = new AbortController();
    const cancelled = AbortSignal.any([services.cancelled, stop.signal]);
    const opened = { store: openStore(url, {}, { ...services, cancelled }, { readOnly: true }), stop };
    stores.set(url, opened);
    return opened;
  };

  /** Asks a repository, for as long as it may take. */
  async function ask<Answer>(url: string, question: (store: ChartStore) => Promise<Answer>): Promise<Answer> {
    const { store, stop } = open(url);
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        stop.abort();
        reject(new HelmCdError('timeout', `it did not answer within ${timeoutMs / 1000} seconds`));
      }, timeoutMs);
    });
    const answer = store.then(question);
    // It ends when it likes: nobody waits for it any more.
    answer.catch(() => undefined);
    try {
      return await Promise.race([answer, tooLate]);
    } catch (error) {
      services.cancelled.throwIfAborted();
      const isOurs = stop.signal.aborted && error instanceof HelmCdError && error.code === 'cancelled';
      throw isOurs ? new HelmCdError('timeout', 'it did not answer in time') : error;
    } finally {
      clearTimeout(timer);
    }
  }

  async function checkOne(
    url: string,
    environments: string,
    packed: PackedChart,
    { chart, level, newest }: PublishedQuestion,
  ): Promise<PublishedReport> {
    const { name, version } = packed.metadata;
    try {
      return await ask(url, async (store) => {
        const message = await conflictIn(store, packed, environments);
        const highest = newest ? await newestIn(store, name) : undefined;
        const found = highest === undefined ? {} : { newest: { version: highest, environments } };
        if (message === undefined) return { findings: [], unseen: [], answered: 1, ...found };
        const taken = await takenVersions(store, name);
        const next = nextChartVersion({ current: version, rule: 'patch', level: 'patch', identifier: '', taken });
        const finding: Finding = {
          level,
          rule: 'version-published',
          message,
          place: await versionPlace(chart),
          chart: chart.path,
          hint: `A published version never changes. Raise version in Chart.yaml: ${next} or more.`,
        };
        return { findings: [finding], unseen: [], answered: 1, ...found };
      });
    } catch (error) {
      if (!(error instanceof HelmCdError) || services.cancelled.aborted) throw error;
      const why = error.message.replace(/\.$/, '');
      const unseen = [`whether ${name} ${version} is published already in ${environments} (${url}): ${why}`];
      return { findings: [], unseen, answered: 0 };
    }
  }

  return {
    async check(question) {
      const { chart, prepared } = question;
      const repositories = repositoriesOf(question.environments);
      if (repositories.size === 0) return { findings: [], unseen: [], answered: 0 };
      let packed: PackedChart;
      try {
        const files = await readChartFolder(prepared);
        packed = await packChart(files, chart.path, { timeSeconds: archiveTime(services.environment) });
      } catch (error) {
        if (!(error instanceof HelmCdError)) throw error;
        const unseen = [`whether ${chart.path} is published already: it cannot be packaged: ${error.message}`];
        return { findings: [], unseen, answered: 0 };
      }
      const reports = await Promise.all(
        [...repositories].map(([url, environments]) => checkOne(url, environments, packed, question)),
      );
      const newest = reports
        .flatMap((report) => report.newest ?? [])
        .sort((a, b) => semver.rcompare(a.version, b.version))[0];
      return {
        findings: reports.flatMap(({ findings }) => findings),
        unseen: reports.flatMap(({ unseen }) => unseen),
        answered: reports.filter(({ answered }) => answered > 0).length,
        ...(newest === undefined ? {} : { newest }),
      };
    },
  };
}

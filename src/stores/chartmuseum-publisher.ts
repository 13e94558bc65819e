import { HelmCdError, messageOf } from '../core/errors.js';
import { archiveName, type PackedChart } from '../core/packed-chart.js';
import { museumProvenanceName, provenanceDigest } from '../core/provenance.js';
import type { ChartMuseumApi, Uploaded } from './chartmuseum-api.js';
import { versionConflict, type MuseumShelf } from './chartmuseum-shelf.js';
import { pauseAfter, type HttpServices } from './http-client.js';
import type { HttpReader } from './http-reader.js';
import { waitUntilVisible } from './read-back.js';
import type { PublishedChart, PublishOptions, StoredChart } from './store.js';

/**
 * After this, whoever had been told that the version is free before we wrote it has written it, too: the last one has won.
 * Longer where the server itself is slow: between its look and its write is less than an upload takes.
 */
const SHORTEST_SETTLE_MS = 1000;
const LONGEST_SETTLE_MS = 15_000;
const UPLOADS_PER_SETTLE = 2;
const ATTEMPTS = 5;
/** Replicas without a shared cache have indexes of their own: one look may meet the one that knows. */
const LOOKS = 3;

/** Publishes to a ChartMuseum: archive and provenance, then a look whether it is ours that stays, then the index. */
export class ChartMuseumPublisher {
  private readonly api: ChartMuseumApi;
  private readonly reader: HttpReader;
  private readonly shelf: MuseumShelf;
  private readonly services: HttpServices;
  private slowestUploadMs = 0;

  constructor(api: ChartMuseumApi, reader: HttpReader, shelf: MuseumShelf, services: HttpServices) {
    this.api = api;
    this.reader = reader;
    this.shelf = shelf;
    this.services = services;
  }

  async publish(
    charts: readonly PackedChart[],
    planNow: () => Promise<readonly PublishedChart[]>,
    options: PublishOptions,
  ): Promise<readonly PublishedChart[]> {
    for (const chart of charts) checkProvenanceName(chart);
    const plan = await planNow();
    for (const { state, reason } of plan) if (state === 'conflict') throw versionConflict(reason ?? '');
    const published = await this.uploadAll(charts, plan);
    await this.settle(charts, published);
    await waitUntilVisible(this.reader.url, () => this.problemsNow(charts), options.verifyTimeoutMs, this.services);
    return published;
  }

  /** Looks again whether what we have written is what stays. */
  private async settle(charts: readonly PackedChart[], published: readonly PublishedChart[]): Promise<void> {
    if (!published.some(({ state }) => state === 'published')) return;
    const settle = Math.max(SHORTEST_SETTLE_MS, this.slowestUploadMs * UPLOADS_PER_SETTLE);
    await this.services.clock.sleep(Math.min(LONGEST_SETTLE_MS, settle));
    const lost: PackedChart[] = [];
    let reason: unknown;
    for (const [index, chart] of charts.entries()) {
      if (published[index]?.state !== 'published') continue;
      try {
        await this.shelf.hasOurs(chart);
      } catch (error) {
        if (!(error instanceof HelmCdError) || error.code !== 'conflict') throw error;
        reason ??= error;
        lost.push(chart);
      }
    }
    const kept = published.filter((_, index) => !lost.some((chart) => chart === charts[index]));
    if (lost.length > 0) throw withProgress(reason, kept, lost);
  }

  /** One after the other, in the order given. */
  private async uploadAll(
    charts: readonly PackedChart[],
    plan: readonly PublishedChart[],
  ): Promise<readonly PublishedChart[]> {
    const published: PublishedChart[] = [];
    for (const [index, chart] of charts.entries()) {
      const planned = plan[index];
      if (planned === undefined) continue;
      try {
        const isNew = planned.state === 'published' && (await this.createArchive(chart));
        await this.completeProvenance(chart);
        published.push({ ...planned, state: isNew ? 'published' : 'already-published' });
      } catch (error) {
        throw withProgress(error, published, charts.slice(index));
      }
    }
    return published;
  }

  /**
   * The archive is there afterwards with exactly these bytes, whoever put it there.
   * @returns whether it was us.
   */
  private async createArchive(chart: PackedChart): Promise<boolean> {
    const file = archiveName(chart.metadata);
    const url = this.shelf.addressOf(chart.metadata);
    let withProvenance = chart.provenance !== undefined;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.tryUpload(chart, withProvenance);
      if (outcome === 'saved') {
        this.services.log.info(`${url}: uploaded, ${chart.digest}`);
        return true;
      }
      if (await this.shelf.hasOurs(chart)) {
        this.services.log.info(`${url}: there, ${chart.digest}`);
        // An upload of ours whose answer got lost, or somebody else's.
        return attempt > 1 || outcome !== 'exists';
      }
      // Of a signed chart the server counts a provenance file that was left alone as well.
      if (outcome === 'exists' && withProvenance) withProvenance = false;
      else if (attempt >= ATTEMPTS) throw this.notThere(outcome, file);
      this.services.log.debug(`${file}: ${outcome === 'exists' ? 'refused, though not there' : outcome.message}`);
      await this.services.clock.sleep(pauseAfter(attempt));
    }
  }

  /** Whether it was uploaded, or why nobody knows. */
  private async tryUpload(chart: PackedChart, withProvenance: boolean): Promise<Uploaded | HelmCdError> {
    const start = this.services.clock.now();
    try {
      return await this.api.upload(chart, withProvenance);
    } catch (error) {
      if (error instanceof HelmCdError && error.code === 'unreachable') return error;
      throw error;
    } finally {
      this.slowestUploadMs = Math.max(this.slowestUploadMs, this.services.clock.now() - start);
    }
  }

  private notThere(outcome: Uploaded | HelmCdError, file: string): HelmCdError {
    if (outcome instanceof HelmCdError) return outcome;
    return new HelmCdError('unreachable', `${this.reader.url} says that ${file} exists, but does not give it.`, {
      hint: 'Somebody may be deleting it, or the storage behind ChartMuseum is not consistent. Run the job again.',
    });
  }

  /** A provenance file is there afterwards that vouches for these bytes: ours, or an earlier one. */
  private async completeProvenance(chart: PackedChart): Promise<void> {
    const { provenance, metadata, digest } = chart;
    if (provenance === undefined) return;
    const file = `${archiveName(metadata)}.prov`;
    const url = `${this.shelf.addressOf(metadata)}.prov`;
    for (let attempt = 1; ; attempt++) {
      const existing = await this.reader.read(url);
      const signed = existing === undefined ? undefined : provenanceDigest(existing, archiveName(metadata));
      if (signed === digest) return;
      if (existing !== undefined) {
        throw versionConflict(`${url} is already there, but for the digest ${signed ?? 'of nothing'}, not ${digest}.`);
      }
      try {
        const outcome = await this.api.uploadProvenance(provenance, file);
        if (outcome === 'saved') {
          this.services.log.info(`${url}: uploaded`);
          return;
        }
        if (attempt >= ATTEMPTS) throw this.notThere(outcome, file);
      } catch (error) {
        const mayHelp = error instanceof HelmCdError && error.code === 'unreachable' && attempt < ATTEMPTS;
        if (!mayHelp) throw error;
      }
      await this.services.clock.sleep(pauseAfter(attempt));
    }
  }

  /** What consumers do not get. @throws HelmCdError `conflict` when somebody has replaced an archive. */
  private async problemsNow(charts: readonly PackedChart[]): Promise<readonly string[]> {
    const isFinal = (error: unknown) =>
      !(error instanceof HelmCdError) || ['cancelled', 'unauthorized', 'conflict'].includes(error.code);
    const problemOf = async (work: Promise<string | undefined>): Promise<readonly string[]> => {
      try {
        const problem = await work;
        return problem === undefined ? [] : [problem];
      } catch (error) {
        if (isFinal(error)) throw error;
        return [messageOf(error)];
      }
    };
    for (let look = 1; look <= LOOKS; look++) {
      const problems = await problemOf(this.reader.index().then(() => undefined));
      if (problems.length > 0) return problems;
      const listed = await Promise.all(charts.map((chart) => problemOf(this.indexProblem(chart, look > 1))));
      if (listed.flat().length > 0) return listed.flat();
    }
    return (await Promise.all(charts.map((chart) => problemOf(this.archiveProblem(chart))))).flat();
  }

  /** What is wrong with a chart in the index as it was read last. @param before whether it was right a moment ago. */
  private async indexProblem(chart: PackedChart, before: boolean): Promise<string | undefined> {
    const found = this.lastSeen(chart);
    const { name, version } = chart.metadata;
    const sometimes = before ? ' each time: replicas of the server have indexes of their own' : '';
    if (found === undefined) return `The index does not show ${name} ${version}${sometimes}.`;
    if (found.digest === chart.digest) return undefined;
    await this.shelf.hasOurs(chart);
    return `The index shows ${name} ${version} with ${found.digest ?? 'no digest'}.`;
  }

  private lastSeen({ metadata: { name, version } }: PackedChart): StoredChart | undefined {
    return this.reader.lastVersions(name).find((candidate) => candidate.version === version);
  }

  private async archiveProblem(chart: PackedChart): Promise<string | undefined> {
    const { name, version } = chart.metadata;
    const found = this.lastSeen(chart);
    if (found === undefined) return `The index does not show ${name} ${version}.`;
    await this.reader.fetch(found);
    const isSigned = chart.provenance === undefined || (await this.reader.provenance(found)) !== undefined;
    return isSigned ? undefined : `The provenance of ${name} ${version} is not there.`;
  }
}

/** ChartMuseum names a provenance file by lines in it; under another name nobody would find it. */
function checkProvenanceName({ metadata, provenance }: PackedChart): void {
  if (provenance === undefined) return;
  const wanted = `${archiveName(metadata)}.prov`;
  const name = museumProvenanceName(provenance);
  if (name === wanted) return;
  throw new HelmCdError(
    'refused',
    `ChartMuseum would keep the provenance of ${metadata.name} ${metadata.version} ${name === undefined ? 'not at all' : `as ${JSON.stringify(name)}`}: it takes the lines "name: …" and "version: …" of the signed Chart.yaml as they are, quotes and all.`,
    { hint: 'Sign it again with publish-chart (sign-key) or helm package --sign.' },
  );
}

const AND = new Intl.ListFormat('en', { type: 'conjunction' });
const namesOf = (charts: readonly { readonly name: string; readonly version: string }[]) =>
  AND.format(charts.map(({ name, version }) => `${name} ${version}`));

/** The error also says what consumers see already: there an archive is visible as soon as it is uploaded. */
function withProgress(error: unknown, done: readonly PublishedChart[], left: readonly PackedChart[]): unknown {
  const news = done.filter(({ state }) => state === 'published');
  if (!(error instanceof HelmCdError) || news.length === 0) return error;
  const rest = namesOf(left.map(({ metadata }) => metadata));
  const { code, message, hint, cause } = error;
  return new HelmCdError(
    code,
    `${message} Published before that, and seen by consumers: ${namesOf(news)}. Not published: ${rest}.`,
    { ...(hint === undefined ? {} : { hint }), cause },
  );
}

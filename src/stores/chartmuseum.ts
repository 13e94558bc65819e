import { standingOf } from '../core/chart-index.js';
import { sha256Digest } from '../core/digest.js';
import { HelmCdError } from '../core/errors.js';
import { archiveName, type PackedChart } from '../core/packed-chart.js';
import { museumProvenanceName, provenanceDigest } from '../core/provenance.js';
import { ChartMuseumApi, type Uploaded } from './chartmuseum-api.js';
import { HttpClient, pauseAfter, type HttpServices } from './http-client.js';
import { parseHttpLocation } from './http-location.js';
import { HttpReader } from './http-reader.js';
import { waitUntilVisible } from './read-back.js';
import type { ChartStore, PublishedChart, PublishOptions, StoreAccess, StoredChart } from './store.js';
import { noUpkeep, type Upkeep } from './upkeep.js';

/** After this, whoever had been told that the version is free before we wrote it has written it, too: the last one has won. */
const SETTLE_MS = 1000;
const ATTEMPTS = 5;
/** Replicas without a shared cache have indexes of their own: one look may meet the one that knows. */
const LOOKS = 3;

type Metadata = PackedChart['metadata'];

/**
 * A repository of a ChartMuseum server: read as any on the web, written by its API, without ever overwriting.
 *
 * The server looks whether a version is there and then writes it, which are two steps: of several who publish other bytes
 * as one new version in the same moment the last one wins, and all are told that they have. So what is stored is looked
 * at again a while later, and whoever finds other bytes than their own fails. What counts is the archive itself: the
 * index follows later, and on each replica of the server at its own time.
 */
export class ChartMuseumStore implements ChartStore {
  readonly kind = 'chartmuseum';
  readonly url: string;
  readonly upkeep: Upkeep;
  private readonly client: HttpClient;
  private readonly reader: HttpReader;
  private readonly api: ChartMuseumApi;
  private readonly services: HttpServices;

  /**
   * @param url `https+chartmuseum://host/path`
   * @param once the index is read once: for one who only looks.
   * @throws HelmCdError `input` when the URL is none.
   */
  constructor(url: string, access: StoreAccess, services: HttpServices, once = false) {
    const location = parseHttpLocation(url);
    this.url = location.base;
    this.services = services;
    this.client = new HttpClient(location, access, services);
    this.reader = new HttpReader(this.url, this.client, once, services.log);
    this.api = new ChartMuseumApi(this.client, this.reader);
    this.upkeep = noUpkeep(this.url, 'that is not done for ChartMuseum yet.');
  }

  versions(name: string): Promise<readonly StoredChart[]> {
    return this.reader.versions(name);
  }

  fetch(chart: StoredChart): Promise<Uint8Array> {
    return this.reader.fetch(chart);
  }

  provenance(chart: StoredChart): Promise<Uint8Array | undefined> {
    return this.reader.provenance(chart);
  }

  /** Where the server itself gives an archive, whatever its index says. */
  private addressOf(metadata: Pick<Metadata, 'name' | 'version'>): string {
    return `${this.url}/charts/${encodeURIComponent(archiveName(metadata))}`;
  }

  /** The digest of the archive that is stored; nothing when there is none. */
  private async storedDigest(metadata: Metadata): Promise<string | undefined> {
    const bytes = await this.reader.read(this.addressOf(metadata));
    return bytes === undefined ? undefined : sha256Digest(bytes);
  }

  async plan(charts: readonly PackedChart[]): Promise<readonly PublishedChart[]> {
    const { entries } = await this.reader.index();
    return Promise.all(
      charts.map(async (chart): Promise<PublishedChart> => {
        const { name, version } = chart.metadata;
        const common = { name, version, digest: chart.digest, url: this.addressOf(chart.metadata) };
        const stored = await this.storedDigest(chart.metadata);
        if (stored === chart.digest) return { ...common, state: 'already-published' };
        if (stored !== undefined) return { ...common, state: 'conflict', reason: this.takenBy(stored, chart) };
        const listed = standingOf(chart, entries, this.url);
        if (listed.state === 'conflict') return { ...common, state: 'conflict', reason: listed.reason };
        return { ...common, state: 'published' };
      }),
    );
  }

  private takenBy(stored: string, { metadata: { name, version }, digest }: PackedChart): string {
    return `${name} ${version} is already in ${this.url} with the digest ${stored}; this one has ${digest}.`;
  }

  async publish(charts: readonly PackedChart[], options: PublishOptions): Promise<readonly PublishedChart[]> {
    for (const chart of charts) checkProvenanceName(chart);
    const plan = await this.plan(charts);
    for (const { state, reason } of plan) if (state === 'conflict') throw conflict(reason ?? '');
    const published: PublishedChart[] = [];
    for (const [index, chart] of charts.entries()) {
      const planned = plan[index];
      if (planned === undefined) continue;
      const isNew = planned.state === 'published' && (await this.createArchive(chart));
      await this.completeProvenance(chart);
      published.push({ ...planned, state: isNew ? 'published' : 'already-published' });
    }
    if (published.some(({ state }) => state === 'published')) {
      await this.services.clock.sleep(SETTLE_MS);
      for (const [index, chart] of charts.entries()) {
        if (published[index]?.state === 'published') await this.checkOurs(chart);
      }
    }
    const problems = async () => (await Promise.all(charts.map((chart) => this.problemsOf(chart)))).flat();
    await waitUntilVisible(this.url, problems, options.verifyTimeoutMs, this.services);
    return published;
  }

  /** @throws HelmCdError `conflict` when other bytes are stored than ours. */
  private async checkOurs(chart: PackedChart): Promise<boolean> {
    const stored = await this.storedDigest(chart.metadata);
    if (stored !== undefined && stored !== chart.digest) throw conflict(this.takenBy(stored, chart));
    return stored !== undefined;
  }

  /**
   * The archive is there afterwards with exactly these bytes, whoever put it there.
   * @returns whether it was us.
   */
  private async createArchive(chart: PackedChart): Promise<boolean> {
    const file = archiveName(chart.metadata);
    let withProvenance = chart.provenance !== undefined;
    for (let attempt = 1; ; attempt++) {
      let outcome: Uploaded | HelmCdError;
      try {
        outcome = await this.api.upload(chart, withProvenance);
      } catch (error) {
        if (!(error instanceof HelmCdError) || error.code !== 'unreachable') throw error;
        outcome = error;
      }
      if (outcome === 'saved') {
        this.services.log.info(`${this.addressOf(chart.metadata)}: uploaded, ${chart.digest}`);
        return true;
      }
      if (await this.checkOurs(chart)) {
        this.services.log.info(`${this.addressOf(chart.metadata)}: there, ${chart.digest}`);
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

  private notThere(outcome: Uploaded | HelmCdError, file: string): HelmCdError {
    if (outcome instanceof HelmCdError) return outcome;
    return new HelmCdError('unreachable', `${this.url} says that ${file} exists, but does not give it.`, {
      hint: 'Somebody may be deleting it, or the storage behind ChartMuseum is not consistent. Run the job again.',
    });
  }

  /** A provenance file is there afterwards that vouches for these bytes: ours, or an earlier one. */
  private async completeProvenance(chart: PackedChart): Promise<void> {
    const { provenance, metadata, digest } = chart;
    if (provenance === undefined) return;
    const file = `${archiveName(metadata)}.prov`;
    const url = `${this.addressOf(metadata)}.prov`;
    for (let attempt = 1; ; attempt++) {
      const existing = await this.reader.read(url);
      const signed = existing === undefined ? undefined : provenanceDigest(existing, archiveName(metadata));
      if (signed === digest) return;
      if (existing !== undefined) {
        throw conflict(`${url} is already there, but for the digest ${signed ?? 'of nothing'}, not ${digest}.`);
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

  /** What a consumer does not get of a chart. @throws HelmCdError `conflict` when somebody has replaced its archive. */
  private async problemsOf(chart: PackedChart): Promise<readonly string[]> {
    const { name, version } = chart.metadata;
    try {
      let found: StoredChart | undefined;
      for (let look = 1; look <= LOOKS; look++) {
        found = (await this.versions(name)).find((candidate) => candidate.version === version);
        const sometimes = look === 1 ? '' : ' each time: replicas of the server have indexes of their own';
        if (found === undefined) return [`The index does not show ${name} ${version}${sometimes}.`];
        if (found.digest === chart.digest) continue;
        await this.checkOurs(chart);
        return [`The index shows ${name} ${version} with ${found.digest ?? 'no digest'}.`];
      }
      if (found === undefined) return [];
      await this.fetch(found);
      const isSigned = chart.provenance === undefined || (await this.provenance(found)) !== undefined;
      return isSigned ? [] : [`The provenance of ${name} ${version} is not there.`];
    } catch (error) {
      if (!(error instanceof HelmCdError) || ['cancelled', 'unauthorized', 'conflict'].includes(error.code))
        throw error;
      return [error.message];
    }
  }
}

function conflict(reason: string): HelmCdError {
  return new HelmCdError('conflict', reason, {
    hint: 'A published version never changes: raise the version in Chart.yaml.',
  });
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

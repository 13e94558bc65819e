import type { Limiter } from '../core/concurrency.js';
import { createLimiter } from '../core/concurrency.js';
import { HelmCdError } from '../core/errors.js';
import { twinFindings } from '../core/index-findings.js';
import { MANIFEST_TYPE, chartFactsOf, tagOf } from '../core/oci-chart.js';
import { archiveName } from '../core/packed-chart.js';
import { provenanceDigest } from '../core/provenance.js';
import type { RepositoryFinding, RepositoryProblem } from '../core/repository-findings.js';
import { readSoundly } from './archive-inspection.js';
import type { OciRepository } from './oci-repository.js';
import type { Progress } from './progress.js';
import type { ChartReader } from './upkeep.js';

export interface OciInspectOptions {
  /** Reads from the registry, over all charts. */
  readonly limited: Limiter;
  readonly progress: Progress;
  readonly readChart: ChartReader;
}

/** A blob, or what is wrong with it. */
async function readBlob(
  { client }: OciRepository,
  digest: string,
  what: string,
): Promise<Uint8Array | Pick<RepositoryFinding, 'code' | 'message'>> {
  try {
    return await client.blob(digest);
  } catch (error) {
    if (!(error instanceof HelmCdError)) throw error;
    if (error.code === 'not-found') return { code: 'dangling-entry', message: `${what}, ${digest}, is not there.` };
    if (error.code === 'conflict') return { code: 'wrong-digest', message: error.message };
    throw error;
  }
}

/** Name and version as the configuration says them. */
function configured(config: Uint8Array): { readonly name: unknown; readonly version: unknown } {
  try {
    const { name, version } = Object(JSON.parse(Buffer.from(config).toString('utf8'))) as Record<string, unknown>;
    return { name, version };
  } catch {
    return { name: undefined, version: undefined };
  }
}

/** @returns also the bytes of the archive that were read; nothing when there was none. */
async function inspectVersion(
  repository: OciRepository,
  version: string,
  readChart: ChartReader,
): Promise<{ readonly findings: readonly RepositoryFinding[]; readonly bytes: number | undefined }> {
  const { name, client } = repository;
  const url = repository.addressOf(version);
  const findings: RepositoryFinding[] = [];
  const tell = (code: RepositoryProblem, message: string) =>
    findings.push({ code, chart: name, version, subject: tagOf(version), message });
  const manifest = await client.manifest(tagOf(version), [MANIFEST_TYPE]);
  // Deleted since the tags were listed.
  if (manifest === undefined) return { findings, bytes: undefined };
  const facts = chartFactsOf(manifest.bytes);
  if (facts === undefined) {
    tell('not-a-chart', `${url} is no chart: its manifest is one of something else.`);
    return { findings, bytes: undefined };
  }
  const config = await readBlob(repository, facts.config, `The configuration of ${url}`);
  if ('code' in config) tell(config.code, config.message);
  else {
    const said = configured(config);
    if (said.name !== name || said.version !== version) {
      tell('wrong-chart', `The configuration of ${url} is that of ${String(said.name)} ${String(said.version)}.`);
    }
  }
  const archive = await readBlob(repository, facts.chart, `The archive of ${url}`);
  if ('code' in archive) {
    tell(archive.code, archive.message);
    return { findings, bytes: undefined };
  }
  const chart = await readSoundly(archive, url, readChart);
  if (typeof chart === 'string') tell('not-a-chart', chart);
  else if (chart.metadata.name !== name || chart.metadata.version !== version) {
    tell('wrong-chart', `${url} holds ${chart.metadata.name} ${chart.metadata.version}.`);
  }
  if (facts.provenance !== undefined) {
    const provenance = await readBlob(repository, facts.provenance, `The provenance of ${url}`);
    const file = archiveName(typeof chart === 'string' ? { name, version } : chart.metadata);
    if ('code' in provenance) tell(provenance.code, provenance.message);
    else if (provenanceDigest(provenance, file) !== facts.chart) {
      const signed = provenanceDigest(provenance, file) ?? 'no digest of it';
      tell('wrong-provenance', `The provenance of ${url} gives ${signed}; the archive has ${facts.chart}.`);
    }
  }
  return { findings, bytes: archive.length };
}

/** Looks at all versions of a chart in a registry: tag against manifest, configuration, archive and provenance. */
export async function inspectRepository(
  repository: OciRepository,
  versions: readonly string[],
  { limited, progress, readChart }: OciInspectOptions,
): Promise<readonly RepositoryFinding[]> {
  // Unfolding takes far more memory than the archive itself.
  const unfold = createLimiter(1);
  const readOne: ChartReader = (bytes, name) => unfold(() => readChart(bytes, name));
  const seen = await Promise.all(
    versions.map((version) =>
      limited(async () => {
        const { findings, bytes } = await inspectVersion(repository, version, readOne);
        progress.add(bytes);
        return findings;
      }),
    ),
  );
  return [...twinFindings(repository.name, versions), ...seen.flat()];
}

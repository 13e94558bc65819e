import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readChartFolder } from '../../charts/chart-files.js';
import { describeChart } from '../../charts/describe.js';
import type { FoundChart } from '../../charts/find-charts.js';
import { archiveTime, packChart, readPackedChart } from '../../charts/pack.js';
import { prepareChart } from '../../charts/prepare.js';
import { HelmCdError, messageOf } from '../../core/errors.js';
import { archiveName, type PackedChart } from '../../core/packed-chart.js';
import type { Services } from '../../core/ports.js';
import { provenanceDigest } from '../../core/provenance.js';
import { fillVersionTemplate } from '../../core/version-template.js';
import { createHelm, type Helm } from '../../helm/helm.js';

/** A chart as it will be published. */
export interface PackagedChart {
  readonly chart: PackedChart;
  /** Absolute path of the archive. */
  readonly file: string;
}

/** Helm is looked for, or downloaded, only when a dependency must be fetched. */
export function helmWhenNeeded(wanted: string, services: Services): Pick<Helm, 'run'> {
  let helm: Promise<Helm> | undefined;
  return {
    run: async (args, options) => {
      helm ??= services.tools.helm(wanted).then((tool) => createHelm(tool, services));
      return (await helm).run(args, options);
    },
  };
}

async function readArchive(found: FoundChart, version: string): Promise<PackedChart> {
  if (version !== '') {
    throw new HelmCdError('input', `Input "version" cannot change ${found.path}, which is packaged already.`, {
      hint: 'Publish the folder instead, or leave "version" out.',
    });
  }
  const bytes = await readFile(found.location).catch((cause: unknown) => {
    throw new HelmCdError('file', `${found.path} cannot be read: ${messageOf(cause)}`, { cause });
  });
  const chart = await readPackedChart(bytes, found.path);
  const provenance = await readFile(`${found.location}.prov`).catch(() => undefined);
  if (provenance === undefined) return chart;
  if (provenanceDigest(provenance, archiveName(chart.metadata)) === chart.digest) return { ...chart, provenance };
  throw new HelmCdError('conflict', `${found.path}.prov does not belong to ${found.path}.`, {
    hint: 'Sign the archive again, or remove the file.',
  });
}

async function packFolder(
  found: FoundChart,
  version: string,
  helm: Pick<Helm, 'run'>,
  services: Services,
): Promise<PackedChart> {
  const prepared = await prepareChart(found.location, helm, services);
  const files = await readChartFolder(prepared);
  const { sha, runNumber } = services.context;
  const own = describeChart(files, found.path).metadata.version;
  return packChart(files, found.path, {
    timeSeconds: archiveTime(services.environment),
    ...(version === '' ? {} : { version: fillVersionTemplate(version, { version: own, runNumber, sha }) }),
  });
}

/**
 * Packages a chart and keeps the archive for the steps that follow.
 * @param version the input `version`; empty: Chart.yaml's.
 */
export async function packageChart(
  found: FoundChart,
  version: string,
  helm: Pick<Helm, 'run'>,
  services: Services,
): Promise<PackagedChart> {
  const chart =
    found.kind === 'archive' ? await readArchive(found, version) : await packFolder(found, version, helm, services);
  const file = path.join(services.reports, archiveName(chart.metadata));
  await writeFile(file, chart.bytes);
  const { name, version: packed } = chart.metadata;
  services.log.info(`${found.path}: ${name} ${packed}, ${chart.files.length} files, ${chart.digest}`);
  return { chart, file };
}

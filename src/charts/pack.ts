import { gzipSync } from 'fflate';
import semver from 'semver';
import { pack as createTar } from 'tar-stream';
import { withChartVersion } from '../core/chart-yaml-version.js';
import { sha256Digest } from '../core/digest.js';
import { HelmCdError } from '../core/errors.js';
import type { PackedChart } from '../core/packed-chart.js';
import { textOf, type ChartFile } from './chart-files.js';
import { describeChart } from './describe.js';
import { CHART_LIMIT_BYTES, checkFileSize, tooLarge } from './limits.js';
import { readSubcharts } from './subcharts.js';
import { unpackChart } from './unpack.js';

/** 1980-01-01: the time of every file in an archive unless SOURCE_DATE_EPOCH says another. */
const DEFAULT_TIME_SECONDS = 315_532_800;
/** A tar has eleven octal digits for a time: until the year 2242. */
const LATEST_TIME_SECONDS = 0o77777777777;
const COMPRESSION_LEVEL = 6;
const FILE_MODE = 0o644;

export interface PackOptions {
  /** Replaces the version in Chart.yaml. */
  readonly version?: string;
  /** Seconds since 1970 that every file gets as its time. */
  readonly timeSeconds?: number;
}

/**
 * The time of an archive's files from SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/).
 * @throws HelmCdError `input` when the variable is no number of seconds.
 */
export function archiveTime(environment: Readonly<Record<string, string>>): number {
  const text = environment['SOURCE_DATE_EPOCH'] ?? '';
  if (text === '') return DEFAULT_TIME_SECONDS;
  if (/^\d{1,11}$/.test(text) && Number(text) <= LATEST_TIME_SECONDS) return Number(text);
  throw new HelmCdError('input', `The variable SOURCE_DATE_EPOCH is no number of seconds: "${text}"`, {
    hint: 'It is a whole number of seconds since 1970, before the year 2242, or not set.',
  });
}

/** The files as helm package would order them for a reader: Chart.yaml first, so that a stream tells early. */
function inOrder(files: readonly ChartFile[]): readonly ChartFile[] {
  const rank = (file: ChartFile) => (file.path === 'Chart.yaml' ? 0 : 1);
  return [...files].sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
}

/**
 * The same files with every chart in charts/ unfolded to `charts/NAME/`, at every depth. Whether a dependency came as
 * a folder or as an archive, and what the folder was called, then makes no difference.
 */
async function unfold(files: readonly ChartFile[], where: string): Promise<readonly ChartFile[]> {
  const own = files.filter((file) => !file.path.startsWith('charts/') || file.path.endsWith('.prov'));
  const subcharts = await readSubcharts(files, where);
  const unfolded: ChartFile[] = [...own];
  for (const subchart of subcharts) {
    const twins = subcharts.filter(({ name }) => name === subchart.name);
    if (twins.some((twin) => twin !== subchart && twin.version === subchart.version)) {
      throw new HelmCdError(
        'conflict',
        `${where} has ${subchart.name} ${subchart.version} in charts/ more than once.`,
        {
          hint: `Keep one of ${twins.map((twin) => `charts/${twin.entry}`).join(', ')}.`,
        },
      );
    }
    const folder = twins.length === 1 ? subchart.name : `${subchart.name}-${subchart.version}`;
    for (const file of await unfold(subchart.files, `${where}/charts/${subchart.entry}`)) {
      unfolded.push({ path: `charts/${folder}/${file.path}`, data: file.data });
    }
  }
  return unfolded;
}

function checkName(name: string, where: string): void {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(name)) return;
  throw new HelmCdError('file', `${where}/Chart.yaml: a chart cannot be called "${name}"`, {
    hint: 'Use letters, digits and dashes: the name becomes a file name and part of URLs.',
    place: { file: `${where}/Chart.yaml` },
  });
}

/** @throws HelmCdError unless it is SemVer 2: helm reads more, but repositories and sorting need no less. */
export function checkVersion(version: string, what: string, place?: { readonly file: string }): void {
  if (semver.parse(version)?.raw === version && !version.startsWith('v')) return;
  throw new HelmCdError(place === undefined ? 'input' : 'file', `${what} is no SemVer version: "${version}"`, {
    hint: 'Write MAJOR.MINOR.PATCH, such as 1.2.3 or 1.2.3-develop.45; numbers have no leading zeros.',
    ...(place === undefined ? {} : { place }),
  });
}

/** Helm takes a backslash in an archive for a folder's slash, so that such a file would come out as another. */
function checkPaths(files: readonly ChartFile[], where: string): void {
  const file = files.find(({ path }) => path.includes('\\'));
  if (file === undefined) return;
  throw new HelmCdError('file', `${where}: a file in a chart cannot be called "${file.path}"`, {
    hint: 'Helm takes the backslash for a slash. Rename the file, or name it in .helmignore.',
    place: { file: `${where}/${file.path}` },
  });
}

function checkSchema(files: readonly ChartFile[], where: string): void {
  for (const file of files) {
    if (!/(^|\/)values\.schema\.json$/.test(file.path)) continue;
    try {
      JSON.parse(textOf(file));
    } catch (cause) {
      const place = { file: `${where}/${file.path}` };
      throw new HelmCdError('file', `${place.file} is no valid JSON, so helm would refuse the chart.`, {
        place,
        cause,
      });
    }
  }
}

/** A tar of the files under one folder, the same bytes whenever and wherever it is made. */
async function tar(folder: string, files: readonly ChartFile[], timeSeconds: number): Promise<Uint8Array> {
  const writer = createTar();
  const chunks: Uint8Array[] = [];
  const collected = (async () => {
    for await (const chunk of writer) chunks.push(chunk as Uint8Array);
  })();
  for (const file of files) {
    const header = {
      name: `${folder}/${file.path}`,
      mode: FILE_MODE,
      mtime: new Date(timeSeconds * 1000),
      uid: 0,
      gid: 0,
      uname: '',
      gname: '',
      type: 'file' as const,
      size: file.data.length,
    };
    writer.entry(header, Buffer.from(file.data));
  }
  writer.finalize();
  await collected;
  return Buffer.concat(chunks);
}

/**
 * Packages a chart. The same files give the same bytes, whatever the machine, its clock, time zone, umask, file order
 * or version of Node; the content is what `helm package` would put in.
 * @param files what `readChartFolder` gave for a chart whose dependencies are in charts/ (`prepareChart`).
 * @param where the chart's folder, for messages.
 * @throws HelmCdError `file` when helm would refuse the chart, `refused` when it is too large.
 */
export async function packChart(
  files: readonly ChartFile[],
  where: string,
  options: PackOptions = {},
): Promise<PackedChart> {
  const { version } = options;
  const renamed = files.map((file) =>
    file.path === 'Chart.yaml' && version !== undefined
      ? { ...file, data: Buffer.from(withChartVersion(textOf(file), version, `${where}/Chart.yaml`)) }
      : file,
  );
  const description = describeChart(renamed, where);
  const { dependencies } = description;
  const metadata = dependencies.length === 0 ? description.metadata : { ...description.metadata, dependencies };
  checkName(metadata.name, where);
  checkVersion(metadata.version, 'The version in Chart.yaml', { file: `${where}/Chart.yaml` });
  const content = inOrder(await unfold(renamed, where));
  const present = new Set((await readSubcharts(renamed, where)).map((subchart) => subchart.name));
  const missing = dependencies.find(({ name }) => !present.has(name));
  if (missing !== undefined) {
    throw new HelmCdError('not-found', `${where}: the dependency ${missing.name} is not in charts/.`, {
      hint: `Run "helm dependency update ${where}".`,
    });
  }
  for (const file of content) checkFileSize(where, file.path, file.data.length);
  if (content.reduce((sum, file) => sum + file.data.length, 0) > CHART_LIMIT_BYTES) throw tooLarge(where, content);
  checkPaths(content, where);
  checkSchema(content, where);
  const archive = await tar(metadata.name, content, options.timeSeconds ?? DEFAULT_TIME_SECONDS);
  const bytes = gzipSync(archive, { level: COMPRESSION_LEVEL, mtime: 0 });
  return { metadata, bytes, digest: sha256Digest(bytes), files: listOf(content) };
}

function listOf(files: readonly ChartFile[]): PackedChart['files'] {
  return files.map(({ path, data }) => ({ path, size: data.length }));
}

/**
 * A chart that somebody else has packaged: its bytes are kept as they are.
 * @throws HelmCdError `file` or `refused` when helm would not accept it.
 */
export async function readPackedChart(bytes: Uint8Array, name: string): Promise<PackedChart> {
  const files = await unpackChart(bytes, name);
  const description = describeChart(files, name);
  const { dependencies } = description;
  const metadata = dependencies.length === 0 ? description.metadata : { ...description.metadata, dependencies };
  checkName(metadata.name, name);
  checkVersion(metadata.version, `The version in ${name}`, { file: name });
  return { metadata, bytes, digest: sha256Digest(bytes), files: listOf(inOrder(files)) };
}

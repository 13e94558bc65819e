/** Gets the chart: in the end there is always an archive of known bytes, for helm to render and for the plan to bind. */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readChartFolder, type ChartFile } from '../../charts/chart-files.js';
import { describeChart } from '../../charts/describe.js';
import { archiveTime, packChart } from '../../charts/pack.js';
import { prepareChart } from '../../charts/prepare.js';
import { unpackChart } from '../../charts/unpack.js';
import { sha256Digest } from '../../core/digest.js';
import { HelmCdError, messageOf } from '../../core/errors.js';
import { archiveName } from '../../core/packed-chart.js';
import type { Services } from '../../core/ports.js';
import type { Helm } from '../../helm/helm.js';
import { findVersion } from '../../stores/find-version.js';
import { openStore } from '../../stores/open-store.js';
import type { DeployInputs } from './inputs.js';
import type { ChartOrigin } from './target.js';

const PULL_TIMEOUT_MS = 2 * 60_000;

export interface ResolvedChart {
  readonly name: string;
  readonly version: string;
  readonly appVersion: string;
  /** `sha256:…` of the archive. */
  readonly digest: string;
  /** Absolute path of the archive. */
  readonly archive: string;
  /** Its content. */
  readonly files: readonly ChartFile[];
  /** Where it came from, for people. */
  readonly source: string;
}

interface Fetched {
  readonly bytes: Uint8Array;
  readonly source: string;
}

async function fromFolder(location: string, helm: Helm, services: Services): Promise<Fetched> {
  const prepared = await prepareChart(location, helm, services);
  const timeSeconds = archiveTime(services.environment);
  const packed = await packChart(await readChartFolder(prepared), location, { timeSeconds });
  return { bytes: packed.bytes, source: path.relative(services.workingDirectory, location) || '.' };
}

async function fromArchive(location: string, services: Services): Promise<Fetched> {
  const bytes = await readFile(location).catch((cause: unknown) => {
    throw new HelmCdError('file', `Input "chart" cannot be read: ${messageOf(cause)}`, { cause });
  });
  return { bytes, source: path.relative(services.workingDirectory, location) };
}

async function fromStore(
  origin: { readonly name: string; readonly repository: string },
  inputs: DeployInputs,
  services: Services,
): Promise<Fetched> {
  const store = await openStore(origin.repository, inputs.access, services);
  const stored = await findVersion(store, origin.name, inputs.version);
  return { bytes: await store.fetch(stored), source: stored.url };
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host);
}

/** helm's own client: it reads OCI registries as they are, and takes a tag, a digest, or a constraint. */
async function fromRegistry(reference: string, inputs: DeployInputs, helm: Helm, services: Services): Promise<Fetched> {
  const host = reference.slice('oci://'.length).split('/')[0] ?? '';
  const plain = isLoopback(host) ? ['--plain-http'] : [];
  const { username = '', password = '' } = inputs.access;
  if (username !== '') {
    const login = ['registry', 'login', host, '--username', username, '--password-stdin', ...plain];
    await helm.run(login, { input: password, timeoutMs: PULL_TIMEOUT_MS }).catch((cause: unknown) => {
      throw new HelmCdError('unauthorized', `The registry ${host} refuses the login: ${messageOf(cause)}`, { cause });
    });
  }
  const target = path.join(services.temp, 'pulled');
  await mkdir(target, { recursive: true });
  const version = inputs.version === '' ? [] : ['--version', inputs.version];
  try {
    await helm.run(['pull', reference, ...version, ...plain, '--destination', target], { timeoutMs: PULL_TIMEOUT_MS });
  } catch (cause) {
    if (!(cause instanceof HelmCdError) || cause.code === 'cancelled') throw cause;
    const code = /not found|404/i.test(cause.message) ? 'not-found' : 'unreachable';
    throw new HelmCdError(code, `${reference} ${inputs.version} cannot be pulled: ${cause.message}`, { cause });
  }
  const [name] = (await readdir(target)).filter((file) => file.endsWith('.tgz'));
  if (name === undefined) throw new HelmCdError('tool', `helm pull ${reference} left no archive.`);
  return { bytes: await readFile(path.join(target, name)), source: reference };
}

async function fetchChart(origin: ChartOrigin, inputs: DeployInputs, helm: Helm, services: Services): Promise<Fetched> {
  switch (origin.kind) {
    case 'folder':
      return fromFolder(origin.location, helm, services);
    case 'archive':
      return fromArchive(origin.location, services);
    case 'stored':
      return fromStore(origin, inputs, services);
    case 'oci':
      return fromRegistry(origin.reference, inputs, helm, services);
  }
}

/**
 * Fetches or packages the chart and checks that it is the one that was asked for.
 * @throws HelmCdError `not-found`, `conflict` when digest or version are not those asked for, `unreachable`, `file`.
 */
export async function resolveChart(
  origin: ChartOrigin,
  inputs: DeployInputs,
  helm: Helm,
  services: Services,
): Promise<ResolvedChart> {
  const { bytes, source } = await fetchChart(origin, inputs, helm, services);
  const digest = sha256Digest(bytes);
  if (inputs.chartDigest !== '' && inputs.chartDigest !== digest) {
    throw new HelmCdError('conflict', `${source} is ${digest}, but input "chart-digest" says ${inputs.chartDigest}.`, {
      hint: 'Somebody replaced the archive, or another chart was meant: nothing was deployed.',
    });
  }
  const files = await unpackChart(bytes, source);
  const { metadata } = describeChart(files, source);
  const exact = /^v?\d+\.\d+\.\d+/.test(inputs.version);
  const given = origin.kind === 'folder' || origin.kind === 'archive';
  if (given && exact && inputs.version.replace(/^v/, '') !== metadata.version) {
    throw new HelmCdError('conflict', `${source} is ${metadata.name} ${metadata.version}, not ${inputs.version}.`, {
      hint: 'Leave the input "version" out, or give the chart by its name and repository.',
    });
  }
  if (metadata.type === 'library') {
    throw new HelmCdError('input', `${metadata.name} is a library chart: it has nothing to deploy.`);
  }
  const archive = path.join(services.temp, archiveName(metadata));
  await writeFile(archive, bytes);
  const { name, version, appVersion = '' } = metadata;
  return { name, version, appVersion, digest, archive, files, source };
}

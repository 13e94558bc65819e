import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import semver from 'semver';
import { HelmCdError, messageOf } from '../core/errors.js';
import type { Log, Processes, Tool, Tools } from '../core/ports.js';
import { HELM_CHECKSUMS, KUBECTL_CHECKSUMS } from './checksums.js';
import { download } from './download.js';
import type * as ActionsToolkit from './actions-toolkit.js';

type Toolkit = typeof ActionsToolkit;

const SUPPORTED_HELM_MAJORS = [3, 4];
const DEFAULT_HELM = '4.2.4';
const DEFAULT_KUBECTL = '1.36.4';
/** How long a program may take to say its version. */
const PROBE_MS = 30_000;

/** Go's names, which all release files use. */
function platform(): { os: string; arch: string } {
  const systems: Record<string, string> = { win32: 'windows' };
  const architectures: Record<string, string> = { x64: 'amd64', ia32: '386' };
  return { os: systems[os.platform()] ?? os.platform(), arch: architectures[os.arch()] ?? os.arch() };
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The version a program reports, or nothing when it does not say. */
async function probe(file: string, args: readonly string[], processes: Processes, log: Log): Promise<Tool | undefined> {
  try {
    const { stdout } = await processes.run(file, args, { accept: 'any', timeoutMs: PROBE_MS });
    const version = semver.parse(/v?(\d+\.\d+\.\d+[^\s+",]*)/.exec(stdout)?.[1]);
    return version === null ? undefined : { path: file, version: version.version, major: version.major };
  } catch (error) {
    if (error instanceof HelmCdError && error.code === 'cancelled') throw error;
    log.info(`${file} is not used: ${messageOf(error)}`);
    return undefined;
  }
}

interface Release {
  readonly name: 'helm' | 'kubectl';
  readonly version: string;
  readonly url: string;
  readonly checksum: string | undefined;
}

/** Gets a release file and checks it. */
async function fetchChecked(release: Release, checksum: string, file: string): Promise<void> {
  try {
    await download(release.url, file);
  } catch (cause) {
    throw new HelmCdError(
      'tool',
      `No suitable ${release.name} is on PATH, and ${release.name} ${release.version} could not be downloaded: ${messageOf(cause)}`,
      { hint: `Install ${release.name} on the runner, or let it reach ${new URL(release.url).host}.`, cause },
    );
  }
  const actual = await sha256(file);
  if (actual === checksum) return;
  throw new HelmCdError(
    'conflict',
    `The downloaded ${release.name} ${release.version} has SHA-256 ${actual}, not ${checksum}. It was deleted.`,
    { hint: 'Something between this runner and the release server changes files: find out what.' },
  );
}

/** A release file in the tool cache: downloaded at most once, and only kept when its checksum is the known one. */
async function install(release: Release, log: Log, mayDownload = true): Promise<string> {
  // tool-cache insists on both, and outside GitHub's runner they are not set.
  process.env['RUNNER_TEMP'] ||= os.tmpdir();
  process.env['RUNNER_TOOL_CACHE'] ||= path.join(os.tmpdir(), 'helm-cd-tool-cache');
  // Left alone by the bundler: in dist/ it is the file beside the actions' bundle.
  const toolCache: Toolkit = await import(/* webpackIgnore: true */ './actions-toolkit.js');
  const cached = toolCache.find(release.name, release.version);
  if (cached !== '') return path.join(cached, release.name);
  const { checksum, name, version } = release;
  if (!mayDownload) throw new HelmCdError('tool', `There is no suitable ${name} on PATH.`);
  if (checksum === undefined) {
    throw new HelmCdError('tool', `helm-cd knows no checksum of ${name} ${version} for this platform.`, {
      hint: `Install ${name} ${version} on the runner before this step.`,
    });
  }
  log.info(`Downloading ${name} ${version}`);
  const folder = await mkdtemp(path.join(process.env['RUNNER_TEMP'], 'helm-cd-download-'));
  try {
    const file = path.join(folder, name);
    await fetchChecked(release, checksum, file);
    if (!release.url.endsWith('.tar.gz')) {
      await chmod(file, 0o755);
      return path.join(await toolCache.cacheFile(file, name, name, version), name);
    }
    const { os: system, arch } = platform();
    const extracted = await toolCache.extractTar(file, path.join(folder, 'extracted'));
    return path.join(await toolCache.cacheDir(path.join(extracted, `${system}-${arch}`), name, version), name);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function helmRelease(version: string): Release {
  const { os: system, arch } = platform();
  const extension = system === 'windows' ? 'zip' : 'tar.gz';
  return {
    name: 'helm',
    version,
    url: `https://get.helm.sh/helm-v${version}-${system}-${arch}.${extension}`,
    checksum: HELM_CHECKSUMS[version]?.[`${system}-${arch}`],
  };
}

function kubectlRelease(version: string): Release {
  const { os: system, arch } = platform();
  return {
    name: 'kubectl',
    version,
    url: `https://dl.k8s.io/release/v${version}/bin/${system}/${arch}/kubectl`,
    checksum: KUBECTL_CHECKSUMS[version]?.[`${system}-${arch}`],
  };
}

/** `v4.3.1`, `3.22.0`, `4.3` and `3` as a range; empty accepts every supported major. */
function helmRange(wanted: string): string {
  if (wanted === '') return SUPPORTED_HELM_MAJORS.map((major) => `${major}.x`).join(' || ');
  const range = /^v?\d+(\.\d+){0,2}$/.test(wanted) ? semver.validRange(wanted.replace(/^v/, '')) : null;
  if (range === null || !SUPPORTED_HELM_MAJORS.some((major) => semver.intersects(range, `${major}.x`))) {
    throw new HelmCdError('input', `Input "helm-version" is no version of helm 3 or 4: "${wanted}"`, {
      hint: 'Write it as 4, 4.3.1 or v3.22.0.',
    });
  }
  return range;
}

export function createTools(processes: Processes, log: Log): Tools {
  return {
    async helm(wanted, { download: mayDownload = true } = {}) {
      const range = helmRange(wanted);
      const seen: string[] = [];
      for (const name of ['helm', 'helm4', 'helm3']) {
        const file = await processes.find(name);
        const tool = file === undefined ? undefined : await probe(file, ['version', '--short'], processes, log);
        if (tool === undefined) continue;
        if (semver.satisfies(tool.version, range, { includePrerelease: true })) return tool;
        seen.push(`${name} ${tool.version}`);
      }
      const known = Object.keys(HELM_CHECKSUMS).filter((version) => semver.satisfies(version, range));
      const version =
        wanted === '' ? DEFAULT_HELM : (semver.rsort(known)[0] ?? semver.minVersion(range)?.version ?? '');
      if (seen.length > 0) log.info(`On PATH: ${seen.join(', ')}; wanted: helm ${wanted || '3 or 4'}`);
      const installed = await install(helmRelease(version), log, mayDownload);
      return { path: installed, version, major: semver.major(version) };
    },
    async kubectl() {
      const file = await processes.find('kubectl');
      const found = file === undefined ? undefined : await probe(file, ['version', '--client'], processes, log);
      if (found !== undefined) return found;
      const installed = await install(kubectlRelease(DEFAULT_KUBECTL), log);
      return { path: installed, version: DEFAULT_KUBECTL, major: semver.major(DEFAULT_KUBECTL) };
    },
  };
}

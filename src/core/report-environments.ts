/** What one environment is behind the one that is promoted to it. */
import semver from 'semver';
import { canonicalImageName, parseImageReference } from './image-reference.js';
import { repositoryOn } from './report-images.js';
import type { EnvironmentsEntry, EnvironmentStep, Gap, ImageEntry, ReleaseEntry } from './report-model.js';

/** Two environments, the second of which is fed by the first. */
export interface Promotion {
  readonly from: string;
  readonly to: string;
}

export interface EnvironmentOrder {
  readonly names: readonly string[];
  readonly promotions: readonly Promotion[];
}

/** Counts commits between two; nothing when that cannot be told. */
export type CountCommits = (
  repository: string,
  base: string,
  head: string,
) => Promise<{ readonly ahead: number; readonly behind: number } | undefined>;

interface RunningVersion {
  readonly name: string;
  readonly tag: string;
  readonly digest: string;
}

/** The images that a release runs most of, by their names. */
function imagesOf(release: ReleaseEntry): ReadonlyMap<string, RunningVersion> {
  const images = new Map<string, RunningVersion>();
  for (const { containers, kind } of release.workloads) {
    if (kind === 'Job') continue;
    for (const { image, running } of containers) {
      const reference = parseImageReference(image);
      if (reference === undefined) continue;
      const name = canonicalImageName(reference.name);
      const current = running.find((one) => one.reference === image) ?? running[0];
      const digest = current?.digest || reference.digest || '';
      if (!images.has(name)) images.set(name, { name, tag: reference.tag ?? '', digest });
    }
  }
  return images;
}

function order(ahead: string, behind: string): Gap['state'] {
  if (ahead === behind) return 'same';
  const [a, b] = [semver.parse(ahead), semver.parse(behind)];
  if (a === null || b === null) return 'different';
  const compared = semver.compareBuild(a, b);
  return compared > 0 ? 'behind' : compared < 0 ? 'ahead' : 'different';
}

const short = (digest: string) => digest.slice(0, 'sha256:'.length + 12);
const versionText = ({ tag, digest }: RunningVersion) => tag || short(digest) || 'unknown';

async function imageGap(
  name: string,
  ahead: RunningVersion,
  behind: RunningVersion | undefined,
  images: ReadonlyMap<string, ImageEntry>,
  serverUrl: string,
  count: CountCommits,
): Promise<Gap> {
  const gap = { what: 'image' as const, name, ahead: versionText(ahead), commits: null, url: '' };
  if (behind === undefined) return { ...gap, behind: '', state: 'missing' };
  const said = { ...gap, behind: versionText(behind) };
  if (ahead.digest !== '' && ahead.digest === behind.digest) return { ...said, state: 'same', commits: 0 };
  const byTag = order(ahead.tag, behind.tag);
  const isSame = byTag === 'same' && (ahead.digest === '' || behind.digest === '');
  if (isSame) return { ...said, state: 'same' };
  // The same tag, and yet other bytes.
  const state = byTag === 'same' ? 'different' : byTag;
  const [to, from] = [ahead, behind].map(({ digest }) => images.get(`${name}@${digest}`)?.facts ?? undefined);
  const source = to?.source ?? '';
  const repository = repositoryOn(serverUrl, source);
  if (repository === undefined || to === undefined || from === undefined) return { ...said, state };
  if (to.revision === '' || from.revision === '' || to.revision === from.revision) return { ...said, state };
  const url = `${serverUrl}/${repository}/compare/${from.revision}...${to.revision}`;
  const distance = await count(repository, from.revision, to.revision);
  if (distance === undefined) return { ...said, state, url };
  const byCommits =
    distance.ahead > 0 && distance.behind === 0 ? 'behind' : distance.ahead === 0 ? 'ahead' : 'different';
  return { ...said, state: state === 'different' ? byCommits : state, commits: distance.ahead, url };
}

async function chartGap(
  ahead: ReleaseEntry,
  behind: ReleaseEntry,
  serverUrl: string,
  count: CountCommits,
): Promise<Gap> {
  const { name } = ahead.chart;
  const [to, from] = [ahead.commit, behind.commit];
  const gap = { what: 'chart' as const, name, ahead: ahead.chart.version, behind: behind.chart.version };
  const state = order(gap.ahead, gap.behind);
  const [, repository] = /^https?:\/\/[^/]+\/([^/]+\/[^/]+)\/commit\//.exec(to?.url ?? '') ?? [];
  if (to === null || from === null || repository === undefined || to.text === from.text || state === 'same') {
    return { ...gap, state, commits: state === 'same' ? 0 : null, url: '' };
  }
  const url = `${serverUrl}/${repository}/compare/${from.text}...${to.text}`;
  return { ...gap, state, commits: (await count(repository, from.text, to.text))?.ahead ?? null, url };
}

function stateOf(gaps: readonly Gap[]): EnvironmentStep['state'] {
  const states = gaps.map(({ state }) => state);
  if (states.every((state) => state === 'same')) return 'same';
  if (states.includes('different') || states.includes('ahead')) return 'different';
  return 'behind';
}

/**
 * Holds the environments against each other, release by release.
 * @param images by `name@digest`.
 * @param serverUrl of GitHub.
 */
export async function compareEnvironments(
  { names, promotions }: EnvironmentOrder,
  releases: readonly ReleaseEntry[],
  images: ReadonlyMap<string, ImageEntry>,
  serverUrl: string,
  count: CountCommits,
): Promise<EnvironmentsEntry | null> {
  const of = (environment: string, name: string) =>
    releases.find((release) => release.environment === environment && release.name === name);
  const known = [...new Set(releases.filter(({ environment }) => names.includes(environment)).map(({ name }) => name))];
  if (known.length === 0) return null;
  const rows = known.sort().map((release) => ({
    release,
    cells: names.map((environment) => {
      const found = of(environment, release);
      return found === undefined ? null : { version: found.chart.version, status: found.status };
    }),
  }));
  const steps: EnvironmentStep[] = [];
  for (const { from, to } of promotions) {
    for (const release of known) {
      const [ahead, behind] = [of(from, release), of(to, release)];
      if (ahead === undefined) continue;
      if (behind === undefined) {
        steps.push({ release, from, to, state: 'missing', gaps: [] });
        continue;
      }
      const [next, now] = [imagesOf(ahead), imagesOf(behind)];
      const gaps = [await chartGap(ahead, behind, serverUrl, count)];
      for (const [name, version] of next)
        gaps.push(await imageGap(name, version, now.get(name), images, serverUrl, count));
      steps.push({ release, from, to, state: stateOf(gaps), gaps });
    }
  }
  return { names, rows, steps };
}

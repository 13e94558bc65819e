import type { BumpPlan } from './bump-request.js';
import { summarizeImages, type ImageSummary } from './commit-message.js';
import { formatPlace } from './errors.js';
import { code, codeBlock, details, escapeMarkdown, table } from './markdown.js';
import type { ImageOrigin } from './image-origin.js';

/** GitHub takes no longer ones; both count characters. */
const LONGEST_BODY = 65_536;
const LONGEST_TITLE = 256;

export interface PullRequestText {
  /** The commit that is described. */
  readonly commit: string;
  readonly plan: BumpPlan;
  /** Where an image comes from, as far as it is known. */
  readonly originOf: (reference: string) => ImageOrigin | undefined;
  /** Where the repositories of the images' sources are: `https://github.com`. */
  readonly serverUrl: string;
  readonly environment: string;
  /** Page of the run that wrote this last; empty for none. */
  readonly runUrl: string;
  /** What changes in the rendered manifests, as a diff; empty when that is not known. */
  readonly renderedDiff: string;
  /** What people should know besides, a line each. */
  readonly notes: readonly string[];
}

/** Nobody sees it; it tells a later run which commit the text is about. */
function mark(commit: string): string {
  return `<!-- helm-cd: ${commit} -->`;
}

/** Whether a body is about this commit: then there is nothing new to say, whatever a person has added to it. */
export function describesCommit(body: string, commit: string): boolean {
  return body.includes(mark(commit));
}

/** A title from the commit's first line, cut to what GitHub takes. */
export function pullRequestTitle(message: string): string {
  const [headline = ''] = message.split('\n');
  return headline.length <= LONGEST_TITLE ? headline : `${headline.slice(0, LONGEST_TITLE - 1)}…`;
}

/**
 * What a tag says about its source: a version is a tag of git too, as far as anybody can tell; one that is or ends with a
 * commit's hash names the commit. Nothing else can be compared.
 */
export function gitRevision(tag: string): string | undefined {
  if (/^v?\d+\.\d+(?:\.\d+)?(?:-[0-9A-Za-z.-]+)?$/.test(tag)) return tag;
  const hash = /(?:^|[-_.])([0-9a-f]{7,40})$/.exec(tag)?.[1];
  return hash !== undefined && /[a-f]/.test(hash) && /\d/.test(hash) ? hash : undefined;
}

/** The page that shows what changed in an image's source; nothing when its versions do not tell. */
function compareUrl(image: ImageSummary, origin: ImageOrigin | undefined, serverUrl: string): string | undefined {
  if (origin === undefined || origin.repository === '' || serverUrl === '') return undefined;
  const from = gitRevision(image.old);
  const to = gitRevision(image.now) ?? (origin.commit === '' ? undefined : origin.commit);
  if (from === undefined || to === undefined) return undefined;
  return `${serverUrl}/${origin.repository}/compare/${encodeURIComponent(from)}...${encodeURIComponent(to)}`;
}

function imageRow(image: ImageSummary, text: PullRequestText): readonly string[] {
  const origin = text.originOf(image.reference);
  const url = compareUrl(image, origin, text.serverUrl);
  const build = origin === undefined || origin.run === '' ? '' : `[build](${origin.run})`;
  const changes = url === undefined ? '' : `[changes](${url})`;
  return [
    code(image.name),
    image.old === '' ? '(none)' : code(image.old),
    code(image.now),
    [changes, build].filter((link) => link !== '').join(' · '),
  ];
}

function placeRows({ changes, charts, followed }: BumpPlan): readonly (readonly string[])[] {
  const at = (place: { readonly file: string; readonly line?: number }): string =>
    code(formatPlace({ file: place.file, ...(place.line === undefined ? {} : { line: place.line }) }));
  const shown = (value: string): string => (value === '' ? '(empty)' : code(value));
  return [
    ...changes.map(({ place, pointer, from, to }) => [at(place), code(pointer), shown(from), shown(to)]),
    ...charts
      .filter(({ from, to }) => from !== to)
      .map(({ versionPlace: { file, scalar }, from, to }) => {
        const { line = 1 } = file.placeOf(scalar.start);
        return [at({ file: file.name, line }), code('/version'), code(from), code(to)];
      }),
    ...followed.map(({ place, pointer, from, to }) => [at(place), code(pointer), code(from), code(to)]),
  ];
}

function digestLines(images: readonly ImageSummary[]): string {
  const lines = images.filter(({ digest }) => digest !== '').map(({ name, digest }) => `${name} ${digest}`);
  return lines.length === 0 ? '' : details('Digests', codeBlock(lines.join('\n')));
}

/** Between lines, so that all of it is a diff still. */
function cut(diff: string, room: number): string {
  const end = diff.lastIndexOf('\n', room);
  return end <= 0 ? '' : diff.slice(0, end);
}

const DIFF_TITLE = 'Rendered manifests';

function diffPart(diff: string, room: number): string {
  if (diff === '') return '';
  const whole = details(DIFF_TITLE, codeBlock(diff, 'diff'));
  if (whole.length <= room) return whole;
  const note = '_The diff is longer than a pull request can hold; the rest is in the job summary of the run._';
  const frame = details(DIFF_TITLE, `${codeBlock('x', 'diff')}\n\n${note}`).length;
  // A fence may grow with what it holds.
  const shown = cut(diff, room - frame - 40);
  if (shown === '') return room > note.length ? note : '';
  return details(DIFF_TITLE, `${codeBlock(shown, 'diff')}\n\n${note}`);
}

/**
 * A pull request's body in Markdown: each image from → to with links to what changed in its source, the charts' versions,
 * where each value stands, and the diff of what is rendered, cut at what GitHub takes.
 */
export function pullRequestBody(text: PullRequestText): string {
  const { plan, environment, runUrl, notes, renderedDiff } = text;
  const images = summarizeImages(plan.changes);
  const charts = plan.charts.filter(({ from, to }) => from !== to);
  const run = runUrl === '' ? 'helm-cd' : `[this run](${runUrl})`;
  const to = environment === '' ? '' : ` for the environment ${code(environment)}`;
  const head = [
    table(
      ['image', 'old', 'new', ''],
      images.map((image) => imageRow(image, text)),
    ),
    charts.length === 0
      ? ''
      : table(
          ['chart', 'old', 'new'],
          charts.map(({ name, from, to: next }) => [escapeMarkdown(name), code(from), code(next)]),
        ),
    notes.map((note) => `- ${escapeMarkdown(note)}`).join('\n'),
  ];
  const foot = `Written by ${run}${to}. It is kept up to date: later images of the same charts come into this pull request, and it is closed when its base has them all. Do not push to its branch.`;
  const places = details('Where', table(['file', 'value', 'old', 'new'], placeRows(plan)));
  const fixed = [...head, foot, mark(text.commit)].filter((part) => part !== '');
  const join = (parts: readonly string[]): string => parts.filter((part) => part !== '').join('\n\n');
  const room = (parts: readonly string[]): number => LONGEST_BODY - join(parts).length - 4;
  const withPlaces = places.length <= room(fixed) ? [...fixed, places] : fixed;
  const digests = digestLines(images);
  const withDigests = digests.length <= room(withPlaces) ? [...withPlaces, digests] : withPlaces;
  const body = join([...withDigests, diffPart(renderedDiff, room(withDigests))]);
  // Hundreds of images: what is most useful comes first, and the mark must be there.
  return body.length <= LONGEST_BODY
    ? body
    : `${cut(body, LONGEST_BODY - 100 - foot.length)}\n\n${foot}\n\n${mark(text.commit)}`;
}

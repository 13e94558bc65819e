import type { BumpPlan, PlannedChange } from './bump-request.js';
import { HelmCdError } from './errors.js';
import { isImageDigest, parseImageReference, shortImageName, type ImageReference } from './image-reference.js';
import { didYouMean } from './suggest.js';

/** Names of the trailers (git-interpret-trailers) that every commit of bump-image-tag has. */
export const TRAILER = {
  image: 'Image',
  digest: 'Image-Digest',
  chartVersion: 'Chart-Version',
  environment: 'Environment',
  sourceRepository: 'Source-Repository',
  sourceCommit: 'Source-Commit',
  sourceRun: 'Source-Run',
  /** Grows with each run of the source's workflow: which of two builds is the newer one. */
  sourceRunNumber: 'Source-Run-Number',
  /** Which workflow's runs that number counts. */
  sourceWorkflow: 'Source-Workflow',
  /** The same for every try to make one bump, other than any other bump's: by it a commit is recognised. */
  id: 'Helm-CD-Bump',
} as const;

/** Where a bump comes from; empty texts are unknown. */
export interface BumpOrigin {
  readonly repository: string;
  readonly commit: string;
  readonly run: string;
  readonly runNumber: string;
  readonly workflow: string;
  readonly environment: string;
  readonly branch: string;
  readonly id: string;
}

/** One image's change as a person says it. */
export interface ImageSummary {
  /** `ghcr.io/acme/api` */
  readonly name: string;
  /** Without the name, as they differ: `1.0.0`, `sha256:0123456789ab`; old is empty when there was none. */
  readonly old: string;
  readonly now: string;
  readonly digest: string;
  readonly reference: string;
}

const SHORT_DIGEST = 'sha256:'.length + 12;

function shortDigest(text: string): string {
  return text.slice(0, SHORT_DIGEST);
}

/** The images that change, each once, with what was there before. */
export function summarizeImages(changes: readonly PlannedChange[]): readonly ImageSummary[] {
  const references = [...new Set(changes.map(({ image }) => image))];
  return references.map((reference) => {
    const own = changes.filter(({ image }) => image === reference);
    const main =
      own.find(({ fromTag, toTag }) => fromTag !== toTag) ?? own.find(({ part }) => part === 'digest') ?? own[0];
    const byTag = main?.part !== 'digest' && main?.fromTag !== main?.toTag;
    const parsed = parseImageReference(reference);
    return {
      name: parsed?.name ?? reference,
      old: byTag ? (main?.fromTag ?? '') : shortDigest(main?.from ?? ''),
      now: byTag && main?.toTag ? main.toTag : shortDigest(parsed?.digest ?? main?.to ?? ''),
      digest: parsed?.digest ?? '',
      reference,
    };
  });
}

function change({ name, old, now }: ImageSummary): string {
  return old === '' ? `${shortImageName(name)} to ${now}` : `${shortImageName(name)} ${old} → ${now}`;
}

const PLACEHOLDERS = [
  'image',
  'images',
  'name',
  'old',
  'new',
  'chart',
  'chart-version',
  'branch',
  'environment',
] as const;
const PLACEHOLDER = /\{([A-Za-z-]+)\}/g;

/**
 * Checks a template of the input `commit-message`.
 * @throws HelmCdError `input` for a placeholder that there is not.
 */
export function checkMessageTemplate(template: string): void {
  for (const [, name = ''] of template.matchAll(PLACEHOLDER)) {
    if (PLACEHOLDERS.some((known) => known === name)) continue;
    throw new HelmCdError(
      'input',
      `Input "commit-message" has the unknown placeholder {${name}}${didYouMean(name, PLACEHOLDERS)}`,
      {
        hint: `Known placeholders: ${PLACEHOLDERS.map((known) => `{${known}}`).join(', ')}.`,
      },
    );
  }
}

function filled(template: string, plan: BumpPlan, images: readonly ImageSummary[], origin: BumpOrigin): string {
  const values: Record<(typeof PLACEHOLDERS)[number], string> = {
    image: images.map(({ reference }) => reference).join(', '),
    images: images.map(change).join(', '),
    name: images.map(({ name }) => shortImageName(name)).join(', '),
    old: images.map(({ old }) => old).join(', '),
    new: images.map(({ now }) => now).join(', '),
    chart: plan.charts.map(({ name }) => name).join(', '),
    'chart-version': plan.charts.map(({ to }) => to).join(', '),
    branch: origin.branch,
    environment: origin.environment,
  };
  return template.replace(PLACEHOLDER, (_, name: (typeof PLACEHOLDERS)[number]) => values[name]);
}

function defaultText(plan: BumpPlan, images: readonly ImageSummary[]): string {
  const [chart, ...moreCharts] = plan.charts;
  const [image, ...moreImages] = images;
  const scope = chart !== undefined && moreCharts.length === 0 ? `(${chart.name})` : '';
  const what = image !== undefined && moreImages.length === 0 ? change(image) : `${images.length} images`;
  const versions = plan.charts.filter(({ from, to }) => from !== to);
  const version =
    moreCharts.length > 0
      ? ` in ${plan.charts.length} charts`
      : versions[0] === undefined
        ? ''
        : `, chart ${versions[0].to}`;
  const places = [...plan.changes, ...plan.followed].map(
    ({ file, pointer, from, to }) =>
      `- ${file}#${pointer}: ${from === '' ? '(empty)' : from} → ${to === '' ? '(empty)' : to}`,
  );
  const charts = versions.map(({ name, from, to }) => `- chart ${name}: ${from} → ${to}`);
  // A value that several images share is one line.
  return `chore${scope}: bump ${what}${version}\n\n${[...new Set([...places, ...charts])].join('\n')}`;
}

/** A value of one line: a trailer that goes on in the next line would be read as another one. */
function trailer(name: string, value: string): string[] {
  return value === '' ? [] : [`${name}: ${value.replace(/\s+/g, ' ').trim()}`];
}

/**
 * The commit's message: the template (or a conventional commit that names image, old → new and chart version), then
 * trailers from which one can tell where the change came from.
 */
export function commitMessage(plan: BumpPlan, origin: BumpOrigin, template: string): string {
  const images = summarizeImages(plan.changes);
  const text = (template === '' ? defaultText(plan, images) : filled(template, plan, images, origin)).trim();
  const trailers = [
    ...images.flatMap(({ reference, digest }) => [
      ...trailer(TRAILER.image, reference.split('@')[0] ?? ''),
      ...trailer(TRAILER.digest, digest),
    ]),
    ...plan.charts.flatMap(({ name, from, to }) => (from === to ? [] : trailer(TRAILER.chartVersion, `${name} ${to}`))),
    ...trailer(TRAILER.environment, origin.environment),
    ...trailer(TRAILER.sourceRepository, origin.repository),
    ...trailer(TRAILER.sourceCommit, origin.commit),
    ...trailer(TRAILER.sourceRun, origin.run),
    ...trailer(TRAILER.sourceRunNumber, origin.runNumber),
    ...trailer(TRAILER.sourceWorkflow, origin.workflow),
    ...trailer(TRAILER.id, origin.id),
  ];
  return `${text}\n\n${trailers.join('\n')}\n`;
}

/** The lines of a message's last paragraph. */
function lastParagraph(message: string): readonly string[] {
  const paragraphs = message.trimEnd().split(/\n[ \t]*\n/);
  return (paragraphs.at(-1) ?? '').split('\n');
}

/**
 * The values of a trailer in a commit's message, in order. Only the last paragraph has trailers.
 */
export function trailersOf(message: string, name: string): readonly string[] {
  return lastParagraph(message).flatMap((line) => {
    return line.startsWith(`${name}: `) ? [line.slice(name.length + 2).trim()] : [];
  });
}

/** The images that a bump's message names, each with the digest that stands below it. */
export function bumpedImages(message: string): readonly ImageReference[] {
  const images: ImageReference[] = [];
  for (const line of lastParagraph(message)) {
    const [, name, value = ''] = /^([A-Za-z-]+): (.*)$/.exec(line.trim()) ?? [];
    const image = name === TRAILER.image ? parseImageReference(value) : undefined;
    const last = images.at(-1);
    if (image !== undefined) images.push(image);
    else if (name === TRAILER.digest && last !== undefined && isImageDigest(value)) {
      images[images.length - 1] = { ...last, digest: value };
    }
  }
  return images;
}

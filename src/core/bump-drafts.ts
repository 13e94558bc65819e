import { appVersionOf, findUses, type FoundUse } from './bump-places.js';
import type { BumpRequest, BumpRules, ChartScope, RefusedImage } from './bump-request.js';
import type { BumpSources, WithFiles } from './bump-sources.js';
import { imageOfTarget, resolveTarget } from './bump-target.js';
import { chartOf } from './chart-folders.js';
import { HelmCdError } from './errors.js';
import { canonicalImageName, formatImageReference, type ImageReference } from './image-reference.js';
import { changesFor, type ImageChange } from './image-use.js';

/** A change, for which image and in which chart (nothing: in no chart). */
export interface Draft extends ImageChange {
  readonly image: ImageReference;
  readonly chart: string | undefined;
}

/** An image whose tag the rules of a chart do not accept. */
function refusal(image: ImageReference, chart: string, rules: BumpRules): RefusedImage | undefined {
  if (image.tag === undefined || rules.acceptsTag(image.tag)) return undefined;
  const reason = `the tag ${image.tag} is not accepted: the policy is "${rules.tagPolicy}"`;
  return { image: formatImageReference(image), chart, reason, because: 'policy' };
}

/** The changes of some images, before those that change nothing are sorted out. */
export interface Collected {
  readonly drafts: readonly Draft[];
  readonly refused: readonly RefusedImage[];
  readonly notes: readonly string[];
}

/** What changes at the places that were named by hand. */
export function* atTargets(
  request: BumpRequest,
  sources: BumpSources,
  folders: readonly string[],
): WithFiles<Collected> {
  yield* sources.load(
    request.targets.map(({ file }) => file),
    'targets',
  );
  const wanted = new Set(request.images.map(({ name }) => canonicalImageName(name)));
  const drafts: Draft[] = [];
  const refused: RefusedImage[] = [];
  for (const target of request.targets) {
    const use = resolveTarget(sources.yaml(target.file), target, wanted);
    const image = imageOfTarget(target, use, request.images);
    const chart = chartOf(target.file, folders);
    const rules = request.scopes.find(({ folder }) => folder === chart) ?? request.rules;
    const no = refusal(image, chart ?? '', rules);
    if (no === undefined) drafts.push(...changesFor(use, image).map((change) => ({ ...change, image, chart })));
    else refused.push(no);
  }
  return { drafts, refused, notes: [] };
}

/** What changes at the places that the charts' configuration, their values or their templates tell. */
export function* inScopes(
  request: BumpRequest,
  sources: BumpSources,
  folders: readonly string[],
): WithFiles<Collected> {
  const drafts: Draft[] = [];
  const refused: RefusedImage[] = [];
  const notes: string[] = [];
  const found: FoundUse[] = [];
  const seen = new Set<ImageReference>();
  const accepted = new Map<ChartScope, readonly ImageReference[]>();
  for (const scope of request.scopes) {
    const images = request.images.filter((image) => {
      const no = refusal(image, scope.folder, scope);
      if (no !== undefined) refused.push(no);
      return no === undefined;
    });
    accepted.set(scope, images);
  }
  const collect = function* (images: readonly ImageReference[], inTemplates: boolean): WithFiles<void> {
    for (const [scope, all] of accepted) {
      const wanted = all.filter((image) => images.includes(image));
      const { appVersion } = request;
      const inScope = yield* findUses(scope, wanted, request.images, sources, folders, appVersion, inTemplates);
      notes.push(...inScope.notes);
      found.push(...inScope.all);
      for (const { image, changes } of inScope.matched) {
        seen.add(image);
        for (const change of changes) {
          drafts.push({ ...change, image, chart: chartOf(change.place.file.name, folders) ?? scope.folder });
        }
      }
    }
  };
  const refusedImages = new Set(refused.map(({ image }) => image));
  const missing = () =>
    request.images.filter((image) => !seen.has(image) && !refusedImages.has(formatImageReference(image)));
  yield* collect(request.images, false);
  // All templates are read only for an image that nothing else knows.
  if (missing().length > 0) yield* collect(missing(), true);
  if (missing().length > 0) throw noPlaceFor(missing(), found, request.scopes);
  return { drafts, refused, notes };
}

function noPlaceFor(
  missing: readonly ImageReference[],
  found: readonly FoundUse[],
  scopes: readonly ChartScope[],
): HelmCdError {
  const names = missing.map(({ name }) => name).join(', ');
  const charts = scopes.map(({ folder }) => folder || 'the repository’s root').join(', ');
  const list = [...new Set(found.map(({ text }) => text))];
  const shown =
    list.length === 0
      ? 'No image was found there at all.'
      : `Images found there:\n${list
          .slice(0, 30)
          .map((text) => `  ${text}`)
          .join('\n')}\n`;
  return new HelmCdError('not-found', `No place for ${names} was found in ${charts}. ${shown}`, {
    hint: 'Name the place with the input targets (charts/shop/values.yaml#/api/image/tag) or under images: in helm-cd.yaml.',
  });
}

/** With `always`, appVersion follows whatever else is written. */
export function* alwaysAppVersion(drafts: readonly Draft[], sources: BumpSources): WithFiles<readonly Draft[]> {
  const added: Draft[] = [];
  for (const chart of new Set(drafts.map((draft) => draft.chart))) {
    if (chart === undefined) continue;
    const tags = new Map(
      drafts.filter((draft) => draft.chart === chart && draft.toTag !== '').map((draft) => [draft.toTag, draft.image]),
    );
    const [first, ...others] = tags;
    if (first === undefined) continue;
    if (others.length > 0) {
      throw new HelmCdError(
        'input',
        `Input "app-version" is always, but ${chart || 'the chart'} gets several tags: ${[...tags.keys()].join(', ')}.`,
        {
          hint: 'Set app-version to auto or never.',
        },
      );
    }
    const place = yield* appVersionOf(chart, sources);
    if (place === undefined) {
      throw new HelmCdError(
        'not-found',
        `Input "app-version" is always, but ${chart || 'the chart'} has no appVersion in its Chart.yaml.`,
        {
          hint: 'Add an appVersion to Chart.yaml, or set app-version to auto or never.',
        },
      );
    }
    const [toTag, image] = first;
    const from = place.scalar.text;
    const to = /^v\d/.test(from) ? toTag : toTag.replace(/^v(?=\d)/, '');
    added.push({ place, part: 'app-version', from, to, fromTag: from, toTag: to, image, chart });
  }
  return added;
}

import type { Pointer } from './json-pointer.js';

/** How a chart's templates make a tag of Chart.yaml's appVersion. */
export interface AppVersionFallback {
  /** What the templates put in front of it: `v` for `printf "v%s" .Chart.AppVersion`, else nothing. */
  readonly prefix: string;
}

const ACTION = /\{\{-?([^]*?)-?\}\}/g;
/** Words that make an action a choice between a value and appVersion, or an image's own. */
const CHOICE = /\b(?:default|coalesce|or|ternary)\b|[Tt]ag\b|[Ii]mage/;
const PREFIX = /printf\s+"([A-Za-z-]*)%s"\s+\$?[.\w]*\.?Chart\.AppVersion/;

/** A values path in an action: `.Values.api.image.tag`, `$.Values.image.tag`, also with `(…)` around its parents. */
function valuesPaths(action: string): readonly string[] {
  return [...action.matchAll(/\.Values((?:\)*\.\w+)+)/g)].map((match) => (match[1] ?? '').replace(/\)/g, '').slice(1));
}

/** The actions of a template, and the lines that are an image with appVersion in it. */
function candidates(template: string): readonly string[] {
  const actions = [...template.matchAll(ACTION)]
    .map((match) => match[1] ?? '')
    .filter((action) => action.includes('Chart.AppVersion') && CHOICE.test(action) && !action.startsWith('/*'));
  const lines = template.split('\n').filter((line) => /\bimage:.*\{\{.*Chart\.AppVersion/.test(line));
  return [...actions, ...lines];
}

/**
 * Whether an image whose tag is empty gets Chart.yaml's appVersion for a tag, as far as the templates' text tells.
 * @param templates the chart's templates and helpers.
 * @param image where the image's fields stand in the values.
 */
export function appVersionFallback(templates: readonly string[], image: Pointer): AppVersionFallback | undefined {
  const path = image.join('.');
  const found = templates.flatMap(candidates);
  const own = found.filter((text) => valuesPaths(text).some((used) => used.startsWith(`${path}.`) || used === path));
  // A helper for all images names no image of its own.
  const shared = found.filter((text) => !valuesPaths(text).some((used) => /[Tt]ag$|[Ii]mage$/.test(used)));
  const [chosen] = [...own, ...shared];
  return chosen === undefined ? undefined : { prefix: PREFIX.exec(chosen)?.[1] ?? '' };
}

/** Whether the templates write the digest's algorithm themselves, so that the values hold the bare digest. */
export function writesDigestAlgorithm(templates: readonly string[]): boolean {
  return templates.some((template) => /sha256:(?:\{\{|%s)/.test(template));
}

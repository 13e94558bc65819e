import { HelmCdError } from './errors.js';

/** How far the publishing of one chart has come. `maybe`: the answer to the upload never came. */
export interface ChartProgress {
  /** Name and version. */
  readonly chart: string;
  archive: 'no' | 'maybe' | 'there';
  /** Nothing when the chart is not signed. */
  provenance: 'no' | 'maybe' | 'there' | undefined;
}

/** How far a call has come. `maybe`: the answer to the change of the index never came. */
export interface PublicationProgress {
  readonly charts: readonly ChartProgress[];
  /** Whether everything gets in place together with the index: where changes are commits. */
  readonly atOnce: boolean;
  index: 'unchanged' | 'maybe' | 'changed';
}

export function startProgress(
  charts: readonly { readonly name: string; readonly version: string; readonly signed: boolean }[],
  atOnce: boolean,
): PublicationProgress {
  return {
    atOnce,
    charts: charts.map(({ name, version, signed }) => ({
      chart: `${name} ${version}`,
      archive: 'no',
      provenance: signed ? 'no' : undefined,
    })),
    index: 'unchanged',
  };
}

const AND = new Intl.ListFormat('en', { type: 'conjunction' });

/** What of each chart is in place, for those of which anything is. */
function parts(charts: readonly ChartProgress[], which: 'maybe' | 'there'): readonly string[] {
  return charts.flatMap(({ chart, archive, provenance }) => {
    const names = [...(archive === which ? ['archive'] : []), ...(provenance === which ? ['provenance'] : [])];
    return names.length === 0 ? [] : [`the ${AND.format(names)} of ${chart}`];
  });
}

/**
 * Which part of an unfinished publication is in place and whether consumers see it, in sentences; empty when nothing
 * has happened yet.
 */
export function describeProgress({ charts, index, atOnce }: PublicationProgress): string {
  const there = atOnce ? [] : parts(charts, 'there');
  const maybe = atOnce ? [] : parts(charts, 'maybe');
  const names = AND.format(charts.map(({ chart }) => chart));
  if (index === 'changed') return `Everything is in place and the index names ${names}; it was not fetched back.`;
  const sentences = [
    ...(there.length > 0 ? [`In place: ${AND.format(there)}.`] : []),
    ...(maybe.length > 0 ? [`Not known, for the answer never came: ${AND.format(maybe)}.`] : []),
  ];
  if (index === 'maybe') sentences.push(`Whether the index names ${names} is not known, for the answer never came.`);
  else if (sentences.length > 0) sentences.push('The index was not changed: consumers see nothing of it.');
  return sentences.join(' ');
}

/** Errors by which a server says that it has done nothing. */
const CERTAIN: readonly string[] = ['unauthorized', 'unsupported', 'not-found', 'conflict', 'input', 'refused'];

/** Whether a write that failed so may have been done all the same. */
export function isUncertain(error: unknown): boolean {
  return !(error instanceof HelmCdError && CERTAIN.includes(error.code));
}

/** Errors after which the same job, run again, goes on where this one has stopped. */
const CAN_GO_ON: readonly string[] = ['unreachable', 'unauthorized', 'cancelled', 'timeout', 'not-found'];

/** An error that also tells how far publishing had come; others, and those that tell it already, as they are. */
export function withProgress(error: unknown, progress: PublicationProgress): unknown {
  const state = describeProgress(progress);
  if (!(error instanceof HelmCdError) || state === '') return error;
  if (error.code === 'timeout' && progress.index === 'changed') return error;
  return alsoSaying(error, state);
}

/** The error with one more sentence, and with the advice to run the job again where that helps. */
function alsoSaying({ code, message, hint, place, cause }: HelmCdError, sentence: string): HelmCdError {
  const again = 'Run the job again: it completes what is missing.';
  const more = CAN_GO_ON.includes(code) && hint?.includes('again') !== true ? [again] : [];
  const hints = [...(hint === undefined ? [] : [hint]), ...more].join(' ');
  return new HelmCdError(code, `${message}${/[.!?:…]$/.test(message) ? '' : '.'} ${sentence}`, {
    ...(hints === '' ? {} : { hint: hints }),
    ...(place === undefined ? {} : { place }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** An error of one chart repository that also tells what was done in others before. */
export function withDone(
  error: unknown,
  done: readonly { readonly name: string; readonly version: string; readonly repository: string }[],
): unknown {
  if (!(error instanceof HelmCdError) || done.length === 0) return error;
  const charts = done.map(({ name, version, repository }) => `${name} ${version} in ${repository}`);
  return alsoSaying(error, `Published before that: ${AND.format(charts)}.`);
}

import { describe, expect, it } from '@jest/globals';
import { HelmCdError } from '../../../src/core/errors.js';
import {
  describeProgress,
  isUncertain,
  startProgress,
  withDone,
  withProgress,
  type PublicationProgress,
} from '../../../src/core/publication-progress.js';

const CHARTS = [
  { name: 'api', version: '1.0.0', signed: true },
  { name: 'web', version: '2.0.0', signed: false },
];
type Part = 'no' | 'maybe' | 'there';

function progress(
  parts: readonly (readonly [archive: Part, provenance?: Part])[],
  index: PublicationProgress['index'] = 'unchanged',
  atOnce = false,
): PublicationProgress {
  const started = startProgress(CHARTS.slice(0, parts.length), atOnce);
  for (const [number, [archive, provenance]] of parts.entries()) {
    const chart = started.charts[number];
    if (chart !== undefined) Object.assign(chart, { archive, provenance });
  }
  started.index = index;
  return started;
}

const UNSEEN = 'The index was not changed: consumers see nothing of it.';

describe('describeProgress', () => {
  it.each<[string, PublicationProgress, string]>([
    ['nothing has happened', progress([['no', 'no'], ['no']]), ''],
    ['one archive', progress([['there', 'no'], ['no']]), `In place: the archive of api 1.0.0. ${UNSEEN}`],
    [
      'everything but the index',
      progress([['there', 'there'], ['there']]),
      `In place: the archive and provenance of api 1.0.0 and the archive of web 2.0.0. ${UNSEEN}`,
    ],
    [
      'an answer that never came',
      progress([['there', 'maybe'], ['no']]),
      `In place: the archive of api 1.0.0. Not known, for the answer never came: the provenance of api 1.0.0. ${UNSEEN}`,
    ],
    [
      'the answer to the index never came',
      progress([['there'], ['there']], 'maybe'),
      'In place: the archive of api 1.0.0 and the archive of web 2.0.0. Whether the index names api 1.0.0 and web 2.0.0 is not known, for the answer never came.',
    ],
    [
      'the index is changed',
      progress([['there']], 'changed'),
      'Everything is in place and the index names api 1.0.0; it was not fetched back.',
    ],
    ['what is kept in mind for a commit is not in place', progress([['there']], 'unchanged', true), ''],
    [
      'the answer to a commit never came',
      progress([['there']], 'maybe', true),
      'Whether the index names api 1.0.0 is not known, for the answer never came.',
    ],
  ])('%s', (_, state, expected) => {
    expect(describeProgress(state)).toBe(expected);
  });
});

describe('withProgress', () => {
  const state = progress([['there']]);
  const SAID = `In place: the archive of api 1.0.0. ${UNSEEN}`;
  const AGAIN = 'Run the job again: it completes what is missing.';

  it.each<[string, HelmCdError, string, string | undefined]>([
    ['adds the state', new HelmCdError('unreachable', 'No answer'), `No answer. ${SAID}`, AGAIN],
    [
      'adds to a hint',
      new HelmCdError('cancelled', 'Cancelled.', { hint: 'Wait.' }),
      `Cancelled. ${SAID}`,
      `Wait. ${AGAIN}`,
    ],
    ['never says it twice', new HelmCdError('unreachable', 'No!', { hint: 'Try again.' }), `No! ${SAID}`, 'Try again.'],
    ['does not send into a conflict again', new HelmCdError('conflict', 'Taken.'), `Taken. ${SAID}`, undefined],
  ])('%s', (_, error, message, hint) => {
    expect(withProgress(error, state)).toMatchObject({ code: error.code, message, hint });
  });

  it('keeps place and cause', () => {
    const [place, cause] = [{ file: 'Chart.yaml' }, new Error('x')];
    expect(withProgress(new HelmCdError('file', 'Bad.', { place, cause }), state)).toMatchObject({ place, cause });
  });

  it('leaves other errors, and those with nothing to add, as they are', () => {
    const [defect, refused] = [new TypeError('x'), new HelmCdError('conflict', 'Taken.')];
    expect(withProgress(defect, state)).toBe(defect);
    expect(withProgress(refused, progress([['no']]))).toBe(refused);
    const late = new HelmCdError('timeout', 'Published, but …');
    expect(withProgress(late, progress([['there']], 'changed'))).toBe(late);
  });
});

describe('withDone', () => {
  const done = [
    { name: 'api', version: '1.0.0', repository: 's3://charts/a' },
    { name: 'web', version: '2.0.0', repository: 's3://charts/b' },
  ];

  it('tells what was published elsewhere before', () => {
    expect(withDone(new HelmCdError('unreachable', 'No answer.'), done)).toMatchObject({
      message: 'No answer. Published before that: api 1.0.0 in s3://charts/a and web 2.0.0 in s3://charts/b.',
      hint: 'Run the job again: it completes what is missing.',
    });
  });

  it('leaves the error as it is when nothing was', () => {
    const error = new HelmCdError('conflict', 'Taken.');
    expect(withDone(error, [])).toBe(error);
  });
});

describe('isUncertain', () => {
  it.each<[unknown, boolean]>([
    [new HelmCdError('unreachable', 'x'), true],
    [new HelmCdError('cancelled', 'x'), true],
    [new HelmCdError('timeout', 'x'), true],
    [new TypeError('x'), true],
    [new HelmCdError('unauthorized', 'x'), false],
    [new HelmCdError('conflict', 'x'), false],
  ])('%p', (error, expected) => {
    expect(isUncertain(error)).toBe(expected);
  });
});

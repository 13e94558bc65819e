import { describe, expect, it } from '@jest/globals';
import { probeConditions, type WriteCondition } from '../../../src/stores/s3-conditions.js';

type Answer = number | readonly [status: number, code: string];

/** A server that answers each write on a condition in turn. */
async function probe(create: readonly Answer[], replace: readonly Answer[]) {
  const asked: string[] = [];
  const left = { create: [...create], replace: [...replace] };
  const put = async (condition: WriteCondition): Promise<void> => {
    const which = condition.IfMatch === undefined ? 'create' : 'replace';
    asked.push(which);
    const answer = left[which].shift() ?? 200;
    const [status, name] = typeof answer === 'number' ? [answer, 'Error'] : answer;
    if (status !== 200) throw Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });
  };
  return { asked, kept: await probeConditions(put) };
}

describe('probeConditions', () => {
  it.each<[string, readonly Answer[], readonly Answer[], number, object]>([
    ['a server that keeps both', [412], [412], 2, { create: true, replace: true, why: '' }],
    [
      'the first time, when the object is not there yet',
      [200, 412],
      [412],
      3,
      { create: true, replace: true, why: '' },
    ],
    ['another one who asks at that moment', [409], [409], 2, { create: true, replace: true, why: '' }],
    ['the object deleted in between', [412], [[404, 'NoSuchKey']], 2, { create: true, replace: true, why: '' }],
    [
      'a server that ignores both',
      [200, 200],
      [200],
      3,
      { create: false, replace: false, why: 'ignores If-None-Match and If-Match' },
    ],
    ['a server that ignores one', [412], [200], 2, { create: true, replace: false, why: 'ignores If-Match' }],
    [
      'a server that knows none',
      [[501, 'NotImplemented']],
      [[400, 'InvalidArgument']],
      2,
      { create: false, replace: false, why: 'does not know If-None-Match and If-Match' },
    ],
    [
      'one of each',
      [200, 200],
      [[501, 'NotImplemented']],
      3,
      { create: false, replace: false, why: 'ignores If-None-Match and does not know If-Match' },
    ],
  ])('%s', async (_, create, replace, requests, expected) => {
    const { asked, kept } = await probe(create, replace);
    expect(kept).toEqual(expected);
    expect(asked).toHaveLength(requests);
  });

  it.each<[string, Answer]>([
    ['no permission', [403, 'AccessDenied']],
    ['no bucket', [404, 'NoSuchBucket']],
    ['expired credentials', [400, 'ExpiredToken']],
    ['a broken server', [500, 'InternalError']],
  ])('takes %s for no answer', async (_, answer) => {
    await expect(probe([answer], [])).rejects.toThrow(typeof answer === 'number' ? '' : answer[1]);
  });
});

import { isNotImplemented, nameOf, statusOf } from './s3-errors.js';

/** A condition on which an object is written; without one it is written in any case. */
export interface WriteCondition {
  readonly IfNoneMatch?: '*';
  readonly IfMatch?: string;
}

/** Which conditions a server keeps. */
export interface KeptConditions {
  /** `If-None-Match: *`: only if there is no such object. */
  readonly create: boolean;
  /** `If-Match`: only if the object is still the one that was read. */
  readonly replace: boolean;
  /** What the server does instead, for people; empty when it keeps both. */
  readonly why: string;
}

export const PROBE_NAME = '.helm-cd/conditional-writes';
export const PROBE_TEXT =
  'helm-cd writes this object on conditions that do not hold, to see whether the server keeps them before it writes anything else.\n';
/** No object's ETag. */
const NO_ETAG = `"${'0'.repeat(32)}"`;

const CONDITIONS = [
  ['If-None-Match', { IfNoneMatch: '*' }],
  ['If-Match', { IfMatch: NO_ETAG }],
] as const;

/** What a server makes of a write that it must refuse. */
type Answer = 'kept' | 'ignored' | 'unknown';

/**
 * Finds out which conditions a server keeps, before anything is written that could be lost if it does not: some ignore
 * them without a word. That takes an object of its own, always the same and with the same content, so that any number
 * can ask at once. It stays, so that asking costs two requests, and one more the first time.
 * @param put writes the object, or fails with the SDK's error.
 * @throws the SDK's error when the server does not answer.
 */
export async function probeConditions(put: (condition: WriteCondition) => Promise<unknown>): Promise<KeptConditions> {
  const answerTo = async (condition: WriteCondition): Promise<Answer> => {
    try {
      await put(condition);
      return 'ignored';
    } catch (error) {
      if (isNotImplemented(error)) return 'unknown';
      // 409: another one who asks at this moment. 404: the object to match was deleted; the condition was looked at.
      if ([404, 409, 412].includes(statusOf(error) ?? 0) && nameOf(error) !== 'NoSuchBucket') return 'kept';
      throw error;
    }
  };
  const answers = new Map<string, Answer>();
  for (const [header, condition] of CONDITIONS) {
    let answer = await answerTo(condition);
    // The first time the object is not there yet, and may be created.
    if (header === 'If-None-Match' && answer === 'ignored') answer = await answerTo(condition);
    answers.set(header, answer);
  }
  const named = (which: Answer) => CONDITIONS.flatMap(([header]) => (answers.get(header) === which ? [header] : []));
  const parts = [
    ...(named('ignored').length > 0 ? [`ignores ${named('ignored').join(' and ')}`] : []),
    ...(named('unknown').length > 0 ? [`does not know ${named('unknown').join(' and ')}`] : []),
  ];
  return {
    create: answers.get('If-None-Match') === 'kept',
    replace: answers.get('If-Match') === 'kept',
    why: parts.join(' and '),
  };
}

import { describe, expect, it } from '@jest/globals';
import { SentEvents } from '../../../src/relay/sent-events.js';

describe('what was sent', () => {
  it('is known for a while, by its last digest only', () => {
    let now = 0;
    const sent = new SentEvents(() => now, 1000);
    sent.add('acme/charts api:main', 'sha256:1');
    expect(sent.has('acme/charts api:main', 'sha256:1')).toBe(true);
    expect(sent.has('acme/other api:main', 'sha256:1')).toBe(false);
    sent.add('acme/charts api:main', 'sha256:2');
    expect(sent.has('acme/charts api:main', 'sha256:1')).toBe(false);
    now = 1000;
    expect(sent.has('acme/charts api:main', 'sha256:2')).toBe(false);
  });

  it('is no more than so many, the oldest go first, and what is too old goes', () => {
    let now = 0;
    const sent = new SentEvents(() => now, 1000, 3);
    for (const key of ['a', 'b', 'c']) sent.add(key, '1');
    sent.add('a', '2');
    sent.add('d', '1');
    expect(['a', 'b', 'c', 'd'].map((key) => sent.has(key, key === 'a' ? '2' : '1'))).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(sent.size).toBe(3);
    now = 5000;
    sent.add('e', '1');
    expect(sent.size).toBe(1);
  });
});

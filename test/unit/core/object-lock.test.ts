import { describe, expect, it } from '@jest/globals';
import { choosingName, lockView, nextNumber, ticketName, type LockObject } from '../../../src/core/object-lock.js';

const STALE_MS = 60_000;
const NOW = Date.parse('2026-01-01T00:00:00Z');

const object = (name: string, ageMs = 0): LockObject => ({ name, modified: NOW - ageMs });
const mine = object(ticketName(5, 'me'));

describe('nextNumber', () => {
  it.each<[string, readonly string[], number]>([
    ['the first', [], 1],
    ['above all others', [ticketName(3, 'a'), ticketName(12, 'b'), ticketName(7, 'c')], 13],
    ['whoever is choosing has none yet', [choosingName('a'), ticketName(1, 'b')], 2],
    ['what is not of the lock does not count', ['ticket-99-x', 'notes.txt'], 1],
  ])('%s', (_, names, expected) => {
    expect(nextNumber(names.map((name) => object(name)))).toBe(expected);
  });
});

describe('lockView', () => {
  const view = (others: readonly LockObject[], first: readonly LockObject[] = others) =>
    lockView(mine.name, [mine, ...first], [mine, ...others], STALE_MS);

  it('is held when nobody has a lower ticket and nobody is choosing', () => {
    expect(view([])).toEqual({ state: 'held', before: [], stale: [] });
    expect(view([object(ticketName(6, 'later'))])).toMatchObject({ state: 'held' });
  });

  it('waits for lower tickets, the lowest first, and for equal ones by their owner', () => {
    const [a, b, c] = [object(ticketName(4, 'a')), object(ticketName(2, 'b')), object(ticketName(5, 'aa'))];
    expect(view([a, b, c])).toEqual({ state: 'waiting', before: [b, a, c], stale: [] });
  });

  it('waits for all who were choosing at the first look, though they have a ticket by the second', () => {
    const choosing = object(choosingName('other'));
    expect(view([], [choosing])).toEqual({ state: 'waiting', before: [choosing], stale: [] });
  });

  it('compares numbers, not texts', () => {
    const ten = ticketName(10, 'me');
    const look = [object(ten), object(ticketName(9, 'other'))];
    expect(lockView(ten, look, look, STALE_MS).state).toBe('waiting');
  });

  it('does not wait for what nobody renews, as seen by our own renewal and not by our clock', () => {
    const dead = object(ticketName(1, 'dead'), STALE_MS + 1);
    const deadChoosing = object(choosingName('dead'), STALE_MS + 1);
    const alive = object(ticketName(2, 'alive'), STALE_MS);
    expect(view([dead, deadChoosing])).toEqual({ state: 'held', before: [], stale: [dead, deadChoosing] });
    expect(view([dead, alive])).toEqual({ state: 'waiting', before: [alive], stale: [dead] });
  });

  it('is lost when others have removed our ticket', () => {
    expect(lockView(mine.name, [mine], [], STALE_MS)).toMatchObject({ state: 'lost' });
  });
});

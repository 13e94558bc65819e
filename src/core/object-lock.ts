/**
 * Mutual exclusion by objects alone, for stores that cannot write on a condition: Lamport's bakery. Each one who wants
 * the lock writes only objects of its own, so that no write can undo another's: first that it is choosing a number,
 * then a ticket with a number above all it sees. The lowest ticket has the lock, as long as nobody is choosing.
 * That needs no assumption about time as long as nobody dies; it needs that a list shows what was written before it.
 * https://lamport.azurewebsites.net/pubs/bakery.pdf
 */

/** One object of the lock's folder. */
export interface LockObject {
  readonly name: string;
  /** When it was last written, by the server's clock; milliseconds since 1970. */
  readonly modified: number;
}

const DIGITS = 10;
const TICKET = /^ticket-(\d{10})-([\w-]+)$/;
const CHOOSING = /^choosing-([\w-]+)$/;

/** The object that says that somebody is choosing a number. @param id letters, digits and dashes. */
export const choosingName = (id: string): string => `choosing-${id}`;

export const ticketName = (number: number, id: string): string =>
  `ticket-${String(number).padStart(DIGITS, '0')}-${id}`;

/** A number above all tickets that are there. */
export function nextNumber(objects: readonly LockObject[]): number {
  return 1 + Math.max(0, ...objects.map(({ name }) => Number(TICKET.exec(name)?.[1] ?? 0)));
}

export interface LockView {
  /** `held`: the lock is ours · `waiting` for others · `lost`: others have taken our ticket for that of a dead one. */
  readonly state: 'held' | 'waiting' | 'lost';
  /** The objects that are waited for; the one whose turn it is comes first. */
  readonly before: readonly LockObject[];
  /** Objects whose owners have not renewed them for so long that they must be dead. */
  readonly stale: readonly LockObject[];
}

/**
 * How the lock stands for one who has a ticket and is not choosing any more.
 * @param first the folder as it was, and `second` as it was at a later moment: who is choosing is taken from the first,
 *   the tickets from the second. In one list alone, somebody who changes from one to the other could be missed.
 * @param staleAfterMs an object that is so much older than our own, which is always renewed, has no owner any more.
 */
export function lockView(
  ticket: string,
  first: readonly LockObject[],
  second: readonly LockObject[],
  staleAfterMs: number,
): LockView {
  const mine = second.find(({ name }) => name === ticket);
  if (mine === undefined) return { state: 'lost', before: [], stale: [] };
  const choosing = first.filter(({ name }) => CHOOSING.test(name));
  const tickets = second.filter(({ name }) => TICKET.test(name) && name < ticket);
  const isStale = ({ modified }: LockObject) => mine.modified - modified > staleAfterMs;
  const others = [...tickets.sort((a, b) => (a.name < b.name ? -1 : 1)), ...choosing];
  const before = others.filter((object) => !isStale(object));
  return { state: before.length === 0 ? 'held' : 'waiting', before, stale: others.filter(isStale) };
}

/** What waits and works for one tag. */
interface Lane<Result> {
  /** The work that has begun; it may not know of what came after its beginning. */
  running?: Promise<unknown>;
  /** The work that has not begun: whoever comes now is served by it. */
  waiting?: Promise<Result>;
}

const isWanted = <Result>({ waiting }: Lane<Result>): boolean => waiting !== undefined;

/**
 * Work by tag: calls that come while work for the tag waits are served by that work; those that come when it has begun, by
 * another that begins when it ends. So a burst costs two pieces of work at most, no call is answered by a look at the
 * registry that was older than itself, and what is sent for one tag is sent in the order in which it was seen.
 */
export class TagLanes<Result> {
  readonly #lanes = new Map<string, Lane<Result>>();
  readonly #settle: () => Promise<void>;

  /** @param settle is awaited before work begins. */
  constructor(settle: () => Promise<void> = () => Promise.resolve()) {
    this.#settle = settle;
  }

  /** How many tags are worked on. */
  get size(): number {
    return this.#lanes.size;
  }

  /** @param work is only called for the first of those who are served by it. */
  run(key: string, work: () => Promise<Result>): Promise<Result> {
    const lane = this.#lanes.get(key) ?? {};
    this.#lanes.set(key, lane);
    lane.waiting ??= this.#enqueue(key, lane, work);
    return lane.waiting;
  }

  async #enqueue(key: string, lane: Lane<Result>, work: () => Promise<Result>): Promise<Result> {
    // However it ended: those who wanted it have been told.
    await lane.running?.catch(() => undefined);
    await this.#settle();
    delete lane.waiting;
    const running = work();
    lane.running = running;
    try {
      return await running;
    } finally {
      if (lane.running === running && !isWanted(lane)) this.#lanes.delete(key);
    }
  }
}

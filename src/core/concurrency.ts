/** Runs work when its turn comes. */
export type Limiter = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** A queue from which at most `limit` pieces of work run at the same time, in the order in which they were given. */
export function createLimiter(limit: number): Limiter {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= limit) await new Promise<void>((start) => waiting.push(start));
    else running++;
    try {
      return await work();
    } finally {
      // The turn passes on; only when nobody waits does it end.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

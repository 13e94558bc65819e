/** Does a piece of work once for all who ask for it, also for those who ask while it is being done. */
export interface SingleFlight<Result> {
  /**
   * @param key what is wanted: the same key is the same work.
   * @returns what the first call for the key came to; its failure as well.
   */
  (key: string, work: () => Promise<Result>): Promise<Result>;
}

/** Remembers every result for as long as it lives. */
export function createSingleFlight<Result>(): SingleFlight<Result> {
  const flights = new Map<string, Promise<Result>>();
  return (key, work) => {
    const flight = flights.get(key) ?? work();
    flights.set(key, flight);
    return flight;
  };
}

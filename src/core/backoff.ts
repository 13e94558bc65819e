/**
 * Waits between attempts, by "decorrelated jitter": each is random between the shortest wait and three times the one
 * before, so that those who met once do not meet again.
 * @param shortest milliseconds; also the first wait's lower end.
 * @param longest milliseconds that no wait exceeds.
 * @param random a number from 0 to below 1, new at each call.
 * @returns gives the next wait in milliseconds.
 */
export function decorrelatedJitter(shortest: number, longest: number, random: () => number): () => number {
  let last = shortest;
  return () => {
    last = Math.min(longest, shortest + random() * (last * 3 - shortest));
    return last;
  };
}

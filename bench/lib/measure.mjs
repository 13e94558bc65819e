/** Measuring two or more ways of doing the same thing, side by side. */

const percentile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.round((sorted.length - 1) * part))];

/**
 * @param {readonly number[]} samples milliseconds
 * @returns {{ median: number, low: number, high: number, fastest: number, samples: readonly number[] }} low and high are
 *   the quartiles: half of all samples lie between them
 */
export function describeSamples(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    median: percentile(sorted, 0.5),
    low: percentile(sorted, 0.25),
    high: percentile(sorted, 0.75),
    fastest: sorted[0],
    samples: samples.map((sample) => Math.round(sample * 1000) / 1000),
  };
}

/** How far apart the quartiles are, as a part of the median. */
export const spread = ({ median, low, high }) => (high - low) / median;

/**
 * Runs the sides alternately, in changing order, so that whatever else the machine does meets them alike.
 *
 * @param {Record<string, (round: number) => Promise<number | void>>} sides each does its work once; its own result in
 *   milliseconds counts, else the time until it is done
 * @param {{ rounds: number, warmUp?: number }} options
 * @returns {Promise<Record<string, ReturnType<typeof describeSamples>>>}
 */
export async function alternate(sides, { rounds, warmUp = 1 }) {
  const names = Object.keys(sides);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    const order = round % 2 === 0 ? names : [...names].reverse();
    for (const name of order) {
      const started = performance.now();
      const own = await sides[name](round + warmUp);
      const time = own ?? performance.now() - started;
      if (round >= 0) samples[name].push(time);
    }
  }
  return Object.fromEntries(names.map((name) => [name, describeSamples(samples[name])]));
}

/** Round by round: what one side took for each millisecond of the other. Less than 1 is faster. */
export function ratios(ours, theirs) {
  return describeSamples(ours.samples.map((sample, index) => sample / theirs.samples[index]));
}

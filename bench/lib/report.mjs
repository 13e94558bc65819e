import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/lib/run.mjs';

/** Rows as columns of text; all but the first are aligned to the right. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? String(cell).padEnd(widths[0]) : String(cell).padStart(widths[column])))
      .join('  ')
      .trimEnd(),
  );
}

export const milliseconds = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(1));
export const times = (value) => `${value.toFixed(2)}×`;

/** The rows of a comparison: each side, its times, and its ratio to the last side, which is the peer. */
export function comparisonRows(results, ratioOf) {
  const rows = [['', 'median ms', 'quartiles', 'fastest', 'ratio']];
  for (const [name, result] of Object.entries(results)) {
    const ratio = ratioOf(name);
    rows.push([
      name,
      milliseconds(result.median),
      `${milliseconds(result.low)} – ${milliseconds(result.high)}`,
      milliseconds(result.fastest),
      ratio === undefined ? '' : times(ratio.median),
    ]);
  }
  return rows;
}

/** A target, and whether it is met: by the median of the rounds' ratios. Without a target, just what was measured. */
export function verdict(what, ratio, target) {
  const range = `${times(ratio.low)} – ${times(ratio.high)}`;
  if (target === undefined) {
    return { what, ratio: ratio.median, line: `        ${what}: ${times(ratio.median)} (${range}), no target` };
  }
  const met = ratio.median <= target;
  return {
    what,
    ratio: ratio.median,
    target,
    met,
    line: `${met ? 'met    ' : 'NOT met'}  ${what}: ${times(ratio.median)} (${range}), target ≤ ${times(target)}`,
  };
}

/** Writes what was measured where git does not look. */
export function writeResults(name, results) {
  const folder = path.join(root, 'reports/bench');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  return path.relative(root, file);
}

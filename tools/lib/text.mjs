/** The time since `started` (from Date.now()), for people: `0.4 s`, `12 s`, `3 min 20 s`. */
export function seconds(started) {
  const elapsed = (Date.now() - started) / 1000;
  if (elapsed < 10) return `${elapsed.toFixed(1)} s`;
  if (elapsed < 120) return `${Math.round(elapsed)} s`;
  return `${Math.floor(elapsed / 60)} min ${Math.round(elapsed % 60)} s`;
}

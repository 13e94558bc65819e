import { canonicalJson, contentHash, type RenderedRelease, type Revision } from './release.js';
import { latest, whyNotGood } from './release-good.js';
import { chartDigestLabel, LABELS } from './release-outcome.js';

/**
 * Why a deploy is needed, in words; nothing when what runs is what was asked for, and known to be good.
 * @param chartDigest of the archive to deploy. A revision without a recorded one was made by helm alone, and is compared
 *   by what it rendered.
 */
export function whyNeeded(
  history: readonly Revision[],
  next: RenderedRelease,
  chartDigest: string,
): string | undefined {
  const current = latest(history);
  if (current === undefined) return 'it is not installed';
  if (current.status !== 'deployed') return `revision ${current.revision} is ${current.status}`;
  const problem = whyNotGood(current, new Set());
  if (problem !== undefined) return `revision ${current.revision} is not known to be good: ${problem}`;
  if (current.chartName !== next.chartName || current.chartVersion !== next.chartVersion) {
    return `${current.chartName} ${current.chartVersion} is deployed`;
  }
  if (contentHash(current) !== contentHash(next)) return 'the rendered objects differ';
  if (canonicalJson(current.config) !== canonicalJson(next.config)) return 'the values differ';
  const recorded = current.labels[LABELS.chartDigest];
  if (recorded !== undefined && recorded !== chartDigestLabel(chartDigest)) return 'the chart archive differs';
  return undefined;
}

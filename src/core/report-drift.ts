/** What differs from what was released, fit to be published. */
import type { Drift } from './drift.js';
import { formatRef } from './release-manifest.js';

/** More lines than these nobody reads. */
const MOST_LINES = 50;
const LONGEST = 80;

/** Texts under these keys are never secret; any other text of a chart's values may be one, wherever it went. */
const PUBLIC =
  /(?:^|\.)(?:image|imagePullPolicy|type|cpu|memory|ephemeral-storage|restartPolicy|storageClassName|schedule|protocol)$/;

function show(value: unknown, path: string, kind: string): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (kind === 'Secret' || typeof value !== 'string' || !PUBLIC.test(path)) return 'something else';
  return value.length <= LONGEST ? value : `${value.slice(0, LONGEST - 1)}…`;
}

/** `Deployment/shop: spec.replicas is 5, released as 2`, one line a field. Texts are only shown where they are no secret. */
export function driftLines(drift: readonly Drift[], namespace: string): readonly string[] {
  const lines = drift.flatMap(({ ref, kind, fields }) => {
    const name = formatRef(ref, namespace);
    if (kind === 'missing') return [`${name}: it was deleted`];
    return fields.map(({ path, live, next }) => {
      const [is, was] = [show(live, path, ref.kind), show(next, path, ref.kind)];
      if (is === 'something else' || was === 'something else') return `${name}: ${path} is not as released`;
      return next === undefined ? `${name}: ${path} was not released` : `${name}: ${path} is ${is}, released as ${was}`;
    });
  });
  return lines.length <= MOST_LINES
    ? lines
    : [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} more`];
}

import { json, type Answer } from './handler.js';
import type { RelayMetrics } from './metrics.js';

export interface AdminDeps {
  readonly metrics: RelayMetrics;
  /** Not once the relay is about to end. */
  readonly isReady: () => boolean;
}

/**
 * Health and metrics.
 * @returns nothing for other paths.
 */
export async function adminAnswer(method: string, path: string, deps: AdminDeps): Promise<Answer | undefined> {
  if (!['/healthz', '/readyz', '/metrics'].includes(path)) return undefined;
  if (method !== 'GET' && method !== 'HEAD') return json(405, { error: 'It is read by GET.' }, { allow: 'GET, HEAD' });
  if (path === '/healthz') return json(200, { status: 'ok' });
  if (path === '/readyz') {
    return deps.isReady() ? json(200, { status: 'ready' }) : json(503, { status: 'the relay is about to end' });
  }
  return { status: 200, headers: { 'content-type': deps.metrics.contentType }, body: await deps.metrics.text() };
}

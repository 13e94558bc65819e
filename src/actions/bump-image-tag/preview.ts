import type { Services } from '../../core/ports.js';
import { renderedLines, type RenderedChange } from '../../core/rendered-change.js';
import type { PlannedBump } from './plan.js';
import { renderedChange } from './rendered.js';
import { diffOf } from './summary.js';

/** Renders what a plan changes, and logs it. */
export async function renderAndLog(
  { head, plan, resolved }: PlannedBump,
  helmVersion: string,
  services: Services,
): Promise<RenderedChange> {
  const { log } = services;
  const change = await renderedChange(services, head, plan, resolved, helmVersion);
  log.info('Rendered manifests:');
  for (const line of renderedLines(change)) log.info(`  ${line}`);
  if (change.diff !== '') log.group('Rendered diff', change.diff);
  return change;
}

/** Logs what a dry run would commit, and what that changes in the manifests that the charts render to. */
export async function preview(planned: PlannedBump, helmVersion: string, services: Services): Promise<RenderedChange> {
  services.log.group('Diff', diffOf(planned.plan));
  return renderAndLog(planned, helmVersion, services);
}

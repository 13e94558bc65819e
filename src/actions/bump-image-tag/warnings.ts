import type { Annotation } from '../../core/action.js';
import type { BumpPlan } from '../../core/bump-request.js';
import { parseImageReference } from '../../core/image-reference.js';
import { renderedWarnings, type RenderedChange } from '../../core/rendered-change.js';
import type { BranchHead } from '../../core/repository-branch.js';

/** Who works with the token that GitHub gives to each workflow run. */
const WORKFLOW_BOT = /^github-actions(?:\[bot\])?$/;

/** Whether it is done with a workflow's own token: then GitHub starts no workflow for it. */
export function isWorkflowToken({ viewer = '' }: BranchHead): boolean {
  return WORKFLOW_BOT.test(viewer);
}

/** Images that stay as they are though a newer build than theirs should not be there. */
export function newerBuildWarnings({ refused }: BumpPlan): readonly Annotation[] {
  return refused
    .filter(({ because }) => because === 'newer-build')
    .map(({ image, reason }) => {
      const name = parseImageReference(image)?.name ?? image;
      return { level: 'warning', message: `${name} stays as it is: ${reason}.` };
    });
}

/** What is worth a warning of what is rendered. */
export function renderedAnnotations(change: RenderedChange | undefined): readonly Annotation[] {
  const warnings = change === undefined ? [] : renderedWarnings(change);
  return warnings.map((message) => ({ level: 'warning', message }));
}

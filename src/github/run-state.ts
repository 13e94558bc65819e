import type { GitHubClient } from '../core/ports.js';

/** One attempt of a workflow run. */
export interface WorkflowAttempt {
  readonly owner: string;
  readonly name: string;
  readonly runId: string;
  readonly attempt: number;
}

/**
 * Whether an attempt of a workflow run is over: completed, or a later one has begun (REST: "Get a workflow run").
 * @returns nothing when GitHub does not tell, for whatever reason.
 */
export async function isAttemptOver(github: GitHubClient, run: WorkflowAttempt): Promise<boolean | undefined> {
  const { owner, name: repo, runId, attempt } = run;
  try {
    const { status, data } = await github.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}', {
      owner,
      repo,
      run_id: Number(runId),
    });
    if (status !== 200) return undefined;
    const found = (data ?? {}) as { status?: unknown; run_attempt?: unknown };
    if (typeof found.run_attempt === 'number' && found.run_attempt > attempt) return true;
    return typeof found.status === 'string' ? found.status === 'completed' : undefined;
  } catch {
    return undefined;
  }
}

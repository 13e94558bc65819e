/** A rollout over time: what changed since the last look, and which problem has lasted too long. */
import { describeProblem, type Graces, type Problem } from './pod-problems.js';
import { formatRef, refKey } from './release-manifest.js';
import type { ObjectRollout } from './rollout.js';

export interface RolloutFailure {
  /** `CrashLoopBackOff`. */
  readonly reason: string;
  /** One sentence, with the object and the pod. */
  readonly message: string;
  readonly objects: readonly ObjectRollout[];
}

export interface RolloutView {
  /** One line for each object whose state or message changed. */
  readonly lines: readonly string[];
  readonly done: boolean;
  readonly failure: RolloutFailure | undefined;
}

const SIGNS = { ready: '✓', progressing: '…', failed: '✗' };

function lineOf(rollout: ObjectRollout, namespace: string): string {
  const problem = rollout.problems[0];
  const detail = problem === undefined ? '' : `; ${describeProblem(problem)}`;
  const reason = rollout.reason === '' ? '' : ` (${rollout.reason})`;
  return `${SIGNS[rollout.state]} ${formatRef(rollout.ref, namespace)}: ${rollout.message}${reason}${detail}`;
}

/** Remembers what it was shown; feed it every look at the cluster. */
export class RolloutTracker {
  private readonly namespace: string;
  private readonly graces: Graces;
  private readonly lastLines = new Map<string, string>();
  private firstSeen = new Map<string, number>();

  constructor(namespace: string, graces: Graces) {
    this.namespace = namespace;
    this.graces = graces;
  }

  /** @param now milliseconds, of any clock that does not jump. */
  look(rollouts: readonly ObjectRollout[], now: number): RolloutView {
    const lines: string[] = [];
    const seen = new Map<string, number>();
    let failure: RolloutFailure | undefined;
    for (const rollout of rollouts) {
      const key = refKey(rollout.ref);
      const line = lineOf(rollout, this.namespace);
      if (this.lastLines.get(key) !== line) lines.push(line);
      this.lastLines.set(key, line);

      if (rollout.state === 'failed') failure ??= this.failed(rollout, rollout.reason, rollout.message);
      for (const problem of rollout.problems) {
        // By object, not by pod: a controller replaces pods, and the new one has the same trouble.
        const problemKey = `${key} ${problem.category}`;
        const since = this.firstSeen.get(problemKey) ?? now;
        seen.set(problemKey, since);
        if (!this.outlasted(problem, now - since)) continue;
        failure ??= this.failed(rollout, problem.reason, describeProblem(problem));
      }
    }
    this.firstSeen = seen;
    const done = rollouts.every((rollout) => rollout.state === 'ready');
    const objects = rollouts.filter((rollout) => rollout.state !== 'ready');
    return { lines, done, failure: failure === undefined ? undefined : { ...failure, objects } };
  }

  private outlasted({ category }: Problem, lasted: number): boolean {
    return category === 'fatal' || lasted >= this.graces[category];
  }

  private failed(rollout: ObjectRollout, reason: string, message: string): RolloutFailure {
    return { reason, message: `${formatRef(rollout.ref, this.namespace)}: ${message}`, objects: [rollout] };
  }
}

/** What is said when the time is up: what was still missing, and the gravest known reason. */
export function timeoutMessage(rollouts: readonly ObjectRollout[], namespace: string, seconds: number): string {
  const waiting = rollouts.filter((rollout) => rollout.state !== 'ready');
  const worst = waiting.find((rollout) => rollout.problems.length > 0) ?? waiting[0];
  if (worst === undefined) return `The rollout did not finish within ${seconds} s.`;
  const [problem] = worst.problems;
  const why = problem === undefined ? worst.message : describeProblem(problem);
  const others = waiting.length === 1 ? '' : `, and ${waiting.length - 1} more`;
  return `${formatRef(worst.ref, namespace)}: not ready within ${seconds} s: ${why}${others}`;
}

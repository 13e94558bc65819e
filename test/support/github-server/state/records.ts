import type { Actor } from './tokens.js';

/** A ref that was moved, by the API or by a push. */
export interface RefEvent {
  readonly repository: string;
  readonly ref: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly actor: string;
  /** False for what a workflow's own token did. */
  readonly startsWorkflows: boolean;
}

/** A repository_dispatch that was accepted. It starts workflows whoever sent it. */
export interface Dispatch {
  readonly repository: string;
  readonly eventType: string;
  readonly clientPayload: Readonly<Record<string, unknown>>;
  readonly actor: string;
}

export interface Comment {
  readonly id: number;
  readonly issue: number;
  readonly actor: Actor;
  readonly createdAt: string;
  body: string;
  updatedAt: string;
}

export interface DeploymentStatus {
  readonly id: number;
  readonly state: string;
  readonly actor: Actor;
  readonly description: string;
  readonly environment: string;
  readonly logUrl: string;
  readonly environmentUrl: string;
  readonly createdAt: string;
}

export interface Deployment {
  readonly id: number;
  readonly repository: string;
  readonly ref: string;
  readonly sha: string;
  readonly task: string;
  readonly environment: string;
  readonly payload: unknown;
  readonly description: string | null;
  readonly productionEnvironment: boolean;
  readonly transientEnvironment: boolean;
  readonly actor: Actor;
  readonly createdAt: string;
  /** Oldest first. */
  readonly statuses: DeploymentStatus[];
}

/** A workflow run, as the test wants it to be seen. */
export interface WorkflowRun {
  readonly id: number;
  readonly name: string;
  readonly event: string;
  readonly headBranch: string;
  readonly headSha: string;
  readonly runNumber: number;
  readonly status: string;
  readonly conclusion: string | null;
}

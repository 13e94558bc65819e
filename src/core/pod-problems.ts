/** Why a pod will not become ready by waiting. */
import { conditionOf, nameOf, type ContainerStatus, type KubernetesObject } from './kubernetes-object.js';

/** How long each kind of problem may last before it counts as a failure: some heal by themselves. */
export interface Graces {
  /** A crash may be the wait for something that starts later. */
  readonly crash: number;
  /** A registry may stumble once. */
  readonly image: number;
  /** A ConfigMap or Secret may come a moment later. */
  readonly configuration: number;
  /** A cluster autoscaler needs minutes for a new node. */
  readonly unschedulable: number;
  /** A quota or an admission webhook may refuse pods until something else is gone. */
  readonly create: number;
}

export const DEFAULT_GRACES: Graces = {
  crash: 10_000,
  image: 10_000,
  configuration: 15_000,
  unschedulable: 120_000,
  create: 15_000,
};

export interface Problem {
  /** Equal for the same trouble at different moments: `ErrImagePull` and `ImagePullBackOff` take turns. */
  readonly category: keyof Graces | 'fatal';
  /** As Kubernetes says it: `CrashLoopBackOff`. */
  readonly reason: string;
  readonly message: string;
  readonly pod: string;
  readonly container: string;
}

/** So many restarts are a loop, however young. */
const RESTARTS_OF_A_LOOP = 3;

const WAITING: Readonly<Record<string, Problem['category']>> = {
  CrashLoopBackOff: 'crash',
  RunContainerError: 'crash',
  ErrImagePull: 'image',
  ImagePullBackOff: 'image',
  ErrImageNeverPull: 'image',
  RegistryUnavailable: 'image',
  ImageInspectError: 'image',
  InvalidImageName: 'fatal',
  CreateContainerConfigError: 'configuration',
  CreateContainerError: 'configuration',
  PostStartHookError: 'crash',
  PreCreateHookError: 'configuration',
};

function exitOf(status: ContainerStatus): string {
  const last = status.state?.terminated ?? status.lastState?.terminated;
  if (last === undefined) return '';
  const reason = last.reason === undefined || last.reason === 'Error' ? '' : ` (${last.reason})`;
  return `exit code ${last.exitCode ?? '?'}${reason}`;
}

function containerProblem(pod: KubernetesObject, status: ContainerStatus): Problem | undefined {
  const at = { pod: nameOf(pod), container: status.name ?? '' };
  const { waiting } = status.state ?? {};
  const category = WAITING[waiting?.reason ?? ''];
  const restarts = status.restartCount ?? 0;
  const crashed = status.lastState?.terminated !== undefined && (status.lastState.terminated.exitCode ?? 0) !== 0;
  if (category === 'crash' || (category === undefined && crashed && status.ready !== true)) {
    const exit = exitOf(status);
    const told = [exit === '' ? '' : `last ${exit}`, `${restarts} restart${restarts === 1 ? '' : 's'}`];
    return {
      ...at,
      category: restarts >= RESTARTS_OF_A_LOOP ? 'fatal' : 'crash',
      reason: category === 'crash' ? (waiting?.reason ?? '') : 'Crashed',
      message: told.filter((part) => part !== '').join(', '),
    };
  }
  if (category === undefined) return undefined;
  return { ...at, category, reason: waiting?.reason ?? '', message: waiting?.message ?? '' };
}

/** The problems of one pod, the gravest first. A pod that is being deleted has none. */
export function podProblems(pod: KubernetesObject): readonly Problem[] {
  if (pod.metadata?.deletionTimestamp !== undefined) return [];
  const problems: Problem[] = [];
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    const message = scheduled.message ?? '';
    problems.push({ category: 'unschedulable', reason: 'Unschedulable', message, pod: nameOf(pod), container: '' });
  }
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const status of statuses) {
    const problem = containerProblem(pod, status);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

/** One line: `shop-api-7d9 (api): CrashLoopBackOff, last exit code 1, 4 restarts`. */
export function describeProblem(problem: Problem): string {
  const container = problem.container === '' ? '' : ` (${problem.container})`;
  const message = problem.message === '' ? '' : `, ${problem.message}`;
  return `${problem.pod}${container}: ${problem.reason}${message}`;
}

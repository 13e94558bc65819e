/** The steps of a run, one single action each: what became of them, and the rule that the first failure stops the rest. */
import { HelmCdError, messageOf } from '../../core/errors.js';
import type { ActionRun, Services } from '../../core/ports.js';
import { record } from '../../core/release-manifest.js';
import type { GivenInputs } from './inputs.js';

export type StepName = 'validate' | 'publish' | 'diff' | 'plan' | 'deploy' | 'notify';
export type StepState = 'ok' | 'failed' | 'cancelled' | 'skipped';

export interface Step {
  readonly name: StepName;
  /** The chart that it was about; empty: all. */
  readonly chart: string;
  readonly state: StepState;
  /** The single action's `result`, or empty. */
  readonly result: string;
  /** One line about it, plain text; for a failure why. */
  readonly said: string;
  readonly milliseconds: number;
  readonly outputs: Readonly<Record<string, string>>;
  /** Markdown. */
  readonly summary: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/** A step that is to be made. */
export interface StepRequest {
  readonly name: StepName;
  readonly chart?: string;
  readonly action: string;
  readonly inputs: GivenInputs;
  /** One line about its success. */
  readonly say: (run: ActionRun) => string;
}

const nothing = { result: '', outputs: {}, summary: '', document: {} };

/** Why an action failed, from its result file. */
function reasonOf({ document, exitCode }: ActionRun): string {
  const { failure } = document;
  const { message, hint } = record(document['error']);
  if (typeof failure === 'string' && failure !== '') return failure;
  if (typeof message === 'string') return typeof hint === 'string' ? `${message} ${hint}` : message;
  return `it ended with exit code ${exitCode}`;
}

export class Steps {
  readonly done: Step[] = [];
  private readonly services: Services;

  constructor(services: Services) {
    this.services = services;
  }

  /** The step that failed. */
  get failed(): Step | undefined {
    return this.done.find(({ state }) => state === 'failed' || state === 'cancelled');
  }

  add(step: Partial<Step> & Pick<Step, 'name' | 'state'>): Step {
    const whole = { chart: '', said: '', milliseconds: 0, ...nothing, ...step };
    this.done.push(whole);
    return whole;
  }

  skip(name: StepName, said: string, chart = ''): void {
    this.add({ name, chart, state: 'skipped', said });
  }

  /** Runs a single action as a step. What it throws is the step's failure. */
  async run(request: StepRequest): Promise<Step> {
    const { name, chart = '', action, inputs, say } = request;
    const { log, clock, cancelled } = this.services;
    log.info(`━━ ${name}${chart === '' ? '' : ` ${chart}`} ━━`);
    const started = clock.now();
    const close = (step: Partial<Step> & Pick<Step, 'state'>) => {
      const added = this.add({ name, chart, milliseconds: clock.now() - started, ...step });
      log.info(`━━ ${name}: ${added.state}${added.said === '' ? '' : `, ${added.said}`} ━━`);
      return added;
    };
    try {
      const run = await this.services.actions.run(action, inputs);
      const { outputs, summary, document, exitCode } = run;
      const all = { result: outputs['result'] ?? '', outputs, summary, document };
      if (exitCode === 0) return close({ state: 'ok', said: say(run), ...all });
      return close({ state: cancelled.aborted ? 'cancelled' : 'failed', said: reasonOf(run), ...all });
    } catch (error) {
      if (!(error instanceof HelmCdError)) throw error;
      return close({ state: error.code === 'cancelled' ? 'cancelled' : 'failed', said: messageOf(error) });
    }
  }
}

import { rm } from 'node:fs/promises';
import type { Outcome } from '../../src/core/action.js';
import type { ProcessResult, Services } from '../../src/core/ports.js';
import { connect } from '../../src/actions/bump-image-tag/connect.js';
import { readInputs } from '../../src/actions/bump-image-tag/inputs.js';
import * as rarely from '../../src/actions/bump-image-tag/rarely.js';
import { run } from '../../src/actions/bump-image-tag/run.js';
import { createInputReader } from '../../src/runtime/inputs.js';
import { createTestServices, type TestServices } from './services.js';
import { captureStdout } from './stdout.js';

// Masks are told to the runner: nobody wants to read them in the tests' output.
captureStdout();

export interface BumpRun extends Outcome {
  readonly services: TestServices;
}

/** Stands between the action and git: may do something before and after, or answer in git's place. */
export type GitHook = (args: readonly string[], git: () => Promise<ProcessResult>) => Promise<ProcessResult>;

/** bump-image-tag in this process, with inputs as a workflow gives them. */
export async function runBump(
  inputs: Readonly<Record<string, string>>,
  overrides: Partial<Services> = {},
  hook: GitHook = (_, git) => git(),
): Promise<BumpRun> {
  const real = await createTestServices({
    ...overrides,
    environment: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', ...overrides.environment },
  });
  const services: TestServices = {
    ...real,
    processes: {
      ...real.processes,
      run: (program, args, options) => hook(args, () => real.processes.run(program, args, options)),
    },
  };
  // Read at once, before anybody else's turn: the variables are this process's.
  const names = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value] as const);
  for (const [name, value] of names) process.env[name] = value;
  let parsed;
  try {
    parsed = readInputs(createInputReader(services.masks));
  } catch (error) {
    await rm(real.workingDirectory, { recursive: true, force: true });
    throw error;
  } finally {
    for (const [name] of names) Reflect.deleteProperty(process.env, name);
  }
  try {
    return {
      ...(await run(parsed, services, await connect(parsed, services), () => Promise.resolve(rarely))),
      services,
    };
  } catch (error) {
    await rm(real.workingDirectory, { recursive: true, force: true });
    throw error;
  }
}

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { HelmCdError } from '../core/errors.js';
import type { ActionRun, Processes, SingleActions } from '../core/ports.js';

/** Set for an action that is a step of another one: the folder for its temporary folder. */
export const STEP_VARIABLE = 'HELM_CD_STEP_TEMPORARY_DIRECTORY';

/** What the runner gave for this process alone. */
const OWN = /^(?:INPUT_.*|GITHUB_(?:OUTPUT|STEP_SUMMARY|STATE|ENV|PATH))$/i;

/** The outputs in a file that `setOutput` has appended to. */
export function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const [, name, delimiter] = /^([^=<]+)<<(.+)$/.exec(lines[index] ?? '') ?? [];
    if (name === undefined || delimiter === undefined) continue;
    const end = lines.indexOf(delimiter, index + 1);
    if (end < 0) break;
    outputs[name] = lines.slice(index + 1, end).join('\n');
    index = end;
  }
  return outputs;
}

function readText(file: string | undefined): string {
  try {
    return file === undefined || file === '' ? '' : readFileSync(file, 'utf8');
  } catch {
    // A step that was killed has written none.
    return '';
  }
}

function readDocument(file: string | undefined): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(readText(file)) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

interface Options {
  readonly environment: Readonly<Record<string, string>>;
  readonly processes: Processes;
  /** This run's own temporary folder: those of its steps are in it, so that whoever removes it removes all. */
  readonly temp: string;
  readonly workingDirectory: string;
  /** The bundle; default: the one that is running. */
  readonly entry?: string;
}

/** Runs single actions as children of this process, from the bundle that is running. */
export function createSingleActions({ environment, processes, temp, workingDirectory, entry }: Options): SingleActions {
  const inherited = Object.fromEntries(Object.entries(environment).filter(([name]) => !OWN.test(name)));

  async function run(name: string, inputs: Readonly<Record<string, string>>): Promise<ActionRun> {
    const outputFile = path.join(mkdtempSync(path.join(temp, 'step-')), 'output');
    writeFileSync(outputFile, '');
    const given = Object.entries({ 'working-directory': workingDirectory, ...inputs });
    const env = {
      ...inherited,
      ...Object.fromEntries(given.map(([input, value]) => [`INPUT_${input.toUpperCase()}`, value])),
      GITHUB_OUTPUT: outputFile,
      [STEP_VARIABLE]: temp,
    };
    const script = entry ?? process.argv[1] ?? '';
    const { code } = await processes.run(process.execPath, [script, name], {
      env,
      accept: 'any',
      holdInput: true,
      endsItself: true,
      // As it is: the runner obeys its commands, and it has made harmless what is none.
      onLine: (line) => process.stdout.write(`${line}\n`),
    });
    const outputs = parseOutputs(readText(outputFile));
    return {
      exitCode: code,
      outputs,
      summary: readText(outputs['summary-file']),
      document: readDocument(outputs['result-file']),
    };
  }

  return {
    async run(name, inputs) {
      try {
        return await run(name, inputs);
      } catch (error) {
        // Ended by a signal of somebody else: a machine short of memory.
        if (!(error instanceof HelmCdError) || error.code !== 'tool') throw error;
        throw new HelmCdError('tool', `${name} was ended before it was finished.`, { cause: error });
      }
    },
  };
}

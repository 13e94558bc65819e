// What every command of tools/ does alike: read options, print an error as one line, end with exit code 1.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ToolError } from './errors.mjs';

/** Whether this module was started by `node`, rather than imported. */
export function isMain(moduleUrl) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(moduleUrl);
}

/**
 * @param {string} usage shown when the arguments make no sense
 * @param {import('node:util').ParseArgsConfig} config
 */
export function readArguments(usage, config) {
  try {
    return parseArgs({ args: process.argv.slice(2), allowPositionals: true, ...config });
  } catch (error) {
    throw new ToolError(`${error.message.split('. ')[0]}. Usage: ${usage}`, { cause: error });
  }
}

/** Runs a command. `label` begins its error line; the log tail of what failed follows it, indented. */
export async function runCommand(label, main) {
  // Without these, a signal would end this process without its clean-up: builds and half-started servers would stay.
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ]) {
    process.once(signal, () => process.exit(code));
  }
  try {
    await main();
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    console.error(`${label}: ${error.message}`);
    if (error.details) console.error(error.details.replace(/^/gm, '    '));
    process.exitCode = 1;
  }
}

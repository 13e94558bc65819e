/** The validator of SARIF's authors, with GitHub's rules too. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from './services.js';

/** One thing that the validator says about a file. */
export interface SarifComplaint {
  readonly rule: string;
  readonly level: 'error' | 'warning' | 'note';
  /** Where in the file and what, as the validator names its arguments. */
  readonly about: string;
}

const TOOL = path.join(projectRoot, 'node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool');

/** All that is said about a SARIF document, the notes too. */
export async function validateSarif(document: unknown): Promise<readonly SarifComplaint[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'helm-cd-sarif-'));
  try {
    const input = path.join(folder, 'input.sarif');
    const output = path.join(folder, 'output.sarif');
    await writeFile(input, JSON.stringify(document));
    // npm does it as well, unless install scripts are off.
    await chmod(TOOL, 0o755);
    const args = ['validate', input, '--rule-kind', 'Sarif;Ghas', '--level', 'Error;Warning;Note', '--output', output];
    await promisify(execFile)(TOOL, args, {
      timeout: 120_000,
      env: {
        HOME: folder,
        DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1',
        DOTNET_BUNDLE_EXTRACT_BASE_DIR: folder,
        // A rule would fetch the address of the schema; nothing leaves this machine.
        HTTPS_PROXY: 'http://127.0.0.1:9',
      },
    }).catch((error: unknown) => {
      // It fails when it has errors to tell of, which are in its output.
      if (typeof (error as { code?: unknown }).code !== 'number') throw error;
    });
    const said = JSON.parse(await readFile(output, 'utf8')) as {
      runs: {
        results?: { ruleId: string; level?: SarifComplaint['level']; message: { arguments?: string[] } }[];
        invocations?: { executionSuccessful?: boolean }[];
      }[];
    };
    if (said.runs[0]?.invocations?.[0]?.executionSuccessful === false) throw new Error('the validator itself failed');
    return (said.runs[0]?.results ?? []).map(({ ruleId, level, message }) => ({
      rule: ruleId,
      level: level ?? 'warning',
      about: (message.arguments ?? []).join(' '),
    }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

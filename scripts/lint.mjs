/**
 * Every check that needs no test: all of them run, then the exit code is 1 if any failed.
 *
 *   npm run lint                       all
 *   npm run lint -- eslint actions     only these
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ensureZizmor } from '../tools/zizmor.mjs';
import { root, run, runNode } from './lib/run.mjs';

const MINUTE = 60_000;

function workflowFiles() {
  return ['.github/workflows', 'examples/workflows'].flatMap((folder) =>
    existsSync(path.join(root, folder))
      ? readdirSync(path.join(root, folder), { recursive: true })
          .filter((file) => /\.ya?ml$/.test(file))
          .map((file) => path.join(folder, file))
      : [],
  );
}

async function actionlint() {
  const program = path.join(root, '.toolchain/bin/actionlint');
  if (!existsSync(program)) {
    const built = await runNode('tools/toolchain.mjs', ['actionlint'], { timeoutMs: 15 * MINUTE });
    if (!built.ok) return built;
  }
  // shellcheck and pyflakes would make the result depend on what else is installed.
  return run(program, ['-no-color', '-shellcheck=', '-pyflakes=', ...workflowFiles()], { timeoutMs: MINUTE });
}

/** Offline: nothing is asked of GitHub, and no token is looked for. */
async function zizmor() {
  const started = Date.now();
  const { program, missing, skip } = await ensureZizmor();
  const installing = (Date.now() - started) / 1000;
  if (program === undefined) return { ok: skip, skipped: skip, output: `${missing}\n`, seconds: installing };
  const args = [
    '--offline',
    '--persona',
    'pedantic',
    '--strict-collection',
    '--no-progress',
    '--quiet',
    '--color',
    'never',
  ];
  // Folders are searched for what GitHub would find in them; the examples are not where GitHub looks.
  const inputs = [
    '.github',
    'action.yml',
    'actions',
    ...workflowFiles().filter((file) => file.startsWith('examples/')),
  ];
  const result = await run(program, [...args, '--config', '.github/zizmor.yml', ...inputs], { timeoutMs: MINUTE });
  return { ...result, seconds: installing + result.seconds };
}

const folders = ['src', 'test', 'bench'].filter((folder) => existsSync(path.join(root, folder)));
const prettierCache = ['--cache', '--cache-strategy', 'content', '--cache-location', '.toolchain/prettier-cache'];

/** The longest first: two run at a time. */
const CHECKS = {
  eslint: () => runNode('node_modules/eslint/bin/eslint.js', ['--max-warnings', '0', '.'], { timeoutMs: 5 * MINUTE }),
  prettier: () =>
    runNode('node_modules/prettier/bin/prettier.cjs', ['--check', ...prettierCache, '.'], { timeoutMs: 3 * MINUTE }),
  imports: () =>
    runNode(
      'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
      ['--config', '.dependency-cruiser.cjs', '--no-progress', ...folders],
      { timeoutMs: 3 * MINUTE },
    ),
  docs: () => runNode('scripts/docs.mjs', ['--check'], { timeoutMs: MINUTE }),
  actions: () => runNode('scripts/check-actions.mjs', [], { timeoutMs: MINUTE }),
  workflows: actionlint,
  zizmor,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => CHECKS[name] === undefined);
if (unknown.length > 0) {
  console.error(`There is no check ${unknown.join(', ')}. Checks: ${Object.keys(CHECKS).join(', ')}.`);
  process.exit(2);
}

const queue = Object.keys(CHECKS).filter((name) => wanted.length === 0 || wanted.includes(name));
const failed = [];

async function worker() {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const result = await CHECKS[name]();
    const time = `${result.seconds.toFixed(1)} s`.padStart(8);
    if (result.skipped) {
      console.log(`- ${name.padEnd(10)}${time}  skipped: ${result.output.trimEnd()}`);
      continue;
    }
    console.log(`${result.ok ? '✔' : '✘'} ${name.padEnd(10)}${time}${result.timedOut ? '  stopped: too slow' : ''}`);
    if (!result.ok) {
      failed.push(name);
      console.log(result.output.trimEnd().replace(/^/gm, '    '));
    }
  }
}

await Promise.all([worker(), worker()]);
if (failed.length > 0) console.log(`\nlint failed: ${failed.sort().join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;

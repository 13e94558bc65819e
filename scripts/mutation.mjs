/** Mutation tests of src/core. Stryker 10 needs Node.js 22, while helm-cd itself runs and is tested on 20. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED_MAJOR = 22;
const NODE_PACKAGE = 'node@22.23.3';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const stryker = [path.join(root, 'node_modules/@stryker-mutator/core/bin/stryker.js'), 'run', ...process.argv.slice(2)];
const newEnough = Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR;
const [program, args] = newEnough
  ? [process.execPath, stryker]
  : ['npx', ['--yes', `--package=${NODE_PACKAGE}`, '--', 'node', ...stryker]];
const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
if (error !== undefined) console.error(`${program} could not be started: ${error.message}`);
process.exitCode = status ?? 1;

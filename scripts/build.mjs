/** Bundles the sources into dist/. Byte-reproducible: the same sources give the same files on any machine. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const ncc = path.join(root, 'node_modules/@vercel/ncc/dist/ncc/cli.js');

/** Each bundle: its source and the file name in dist/. Only what is named here is shipped. */
export const BUNDLES = [
  { source: 'src/index.ts', name: 'index' },
  // What bump-image-tag does; loaded while it waits for its server.
  { source: 'src/bump.ts', name: 'bump' },
  // What the other actions do, and bumps that are no plain commit.
  { source: 'src/actions.ts', name: 'actions' },
  // Loaded by the S3 store alone, and as large as all the rest.
  { source: 'src/stores/s3-sdk.ts', name: 's3-sdk' },
  // Loaded by those who run helm or kubectl.
  { source: 'src/runtime/tools.ts', name: 'tools' },
  // Loaded by those who download a tool, and for GitHub's API behind a proxy.
  { source: 'src/runtime/actions-toolkit.ts', name: 'actions-toolkit' },
  // Loaded by those who sign charts.
  { source: 'src/charts/openpgp.ts', name: 'openpgp' },
  // Not an action: the receiver of registries' webhooks.
  { source: 'src/relay.ts', name: 'relay' },
];

/** What ncc calls the parts it splits off: their numbers change with every build, so no bundle may have any. */
const CHUNK = /^\d+\./;

/** Bundles everything into `target`, which is emptied first. */
export function build(target) {
  rmSync(target, { recursive: true, force: true });
  const licenses = [];
  for (const { source, name } of BUNDLES) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-build-'));
    try {
      execFileSync(process.execPath, [ncc, 'build', source, '-o', folder, '--license', 'licenses.txt'], {
        cwd: root,
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      for (const file of readdirSync(folder)) {
        if (CHUNK.test(file)) throw new Error(`the bundle ${name} is split: ${file}. Import its modules statically.`);
        if (file === 'licenses.txt') licenses.push(readFileSync(path.join(folder, file), 'utf8'));
        else
          cpSync(path.join(folder, file), path.join(target, file.replace(/^index(?=\.)/, name)), { recursive: true });
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  writeFileSync(path.join(target, 'licenses.txt'), licenses.join('\n'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build(path.resolve(root, process.argv[2] ?? 'dist'));

/**
 * Packages charts with several versions of Node.js, in several surroundings, and compares the archives byte by byte.
 *
 *   node scripts/reproducible.mjs             the running Node.js, 22 and 24
 *   node scripts/reproducible.mjs 20 26       the running one and these majors
 *
 * Other versions come from npm, as the package `node`. Those that cannot be had (no network, no binary for this machine) are
 * named and left out. The exit code is 1 when archives differ.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { privateModules } from '../bench/lib/private-build.mjs';
import { root } from './lib/run.mjs';

const TIMEOUT_MS = 120_000;
const DEFAULT_MAJORS = ['22', '24'];

/** What must make no difference. */
const SURROUNDINGS = [
  {},
  { TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
  { TZ: 'America/St_Johns', LANG: 'C', LC_ALL: 'C' },
];

/** The program of that major version; nothing when it cannot be had. */
function findNode(major, folder) {
  try {
    const printed = execFileSync('npx', ['--yes', `node@${major}`, '-p', 'process.execPath'], {
      cwd: folder,
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, npm_config_fetch_retries: '0' },
    });
    return printed.trim();
  } catch {
    return undefined;
  }
}

/** A chart with everything that archives are delicate about. */
function writeOddChart(folder) {
  const bytes = (length, factor) => Buffer.from(Array.from({ length }, (_, index) => (index * factor) % 251));
  const files = {
    'Chart.yaml': 'apiVersion: v2\nname: odd\nversion: 1.2.3-rc.1+build\n',
    'values.yaml': 'a: 1\r\n',
    'files/ünïcödé 漢字.txt': 'a',
    'files/İstanbul.txt': 'b',
    [`files/${'long-'.repeat(40)}.txt`]: 'c',
    'files/binary': bytes(300_000, 7919),
    'files/repeated': Buffer.alloc(1_000_000, 'abc'),
    'files/empty': '',
    'charts/lib/Chart.yaml': 'apiVersion: v2\nname: lib\nversion: 0.1.0\n',
  };
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return folder;
}

/** A program of two lines for each version of Node.js to run. */
function packer(modules) {
  const from = (file) => JSON.stringify(pathToFileURL(path.join(modules, 'src/charts', file)).href);
  return `const { readChartFolder } = await import(${from('chart-files.js')});
const { packChart } = await import(${from('pack.js')});
for (const folder of process.argv.slice(2)) console.log((await packChart(await readChartFolder(folder), folder)).digest);
`;
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-reproducible-'));
try {
  const program = path.join(folder, 'pack.mjs');
  writeFileSync(program, packer(privateModules()));
  const charts = [writeOddChart(path.join(folder, 'odd')), path.join(root, 'examples/shop/charts/common')];
  const majors = process.argv.slice(2);
  const nodes = [process.execPath];
  for (const major of majors.length > 0 ? majors : DEFAULT_MAJORS) {
    const node = findNode(major, folder);
    if (node === undefined) console.log(`node ${major}: cannot be had here, left out`);
    else nodes.push(node);
  }
  const found = new Set();
  for (const node of nodes) {
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    for (const env of SURROUNDINGS) {
      const digests = execFileSync(node, [program, ...charts], {
        encoding: 'utf8',
        timeout: TIMEOUT_MS,
        env: { PATH: process.env.PATH, HOME: folder, ...env },
      })
        .trim()
        .replaceAll('\n', ' ');
      console.log(`node ${version} ${env.TZ ?? ''} ${env.LANG ?? ''}: ${digests}`);
      found.add(digests);
    }
  }
  console.log(
    found.size === 1 ? `${nodes.length} versions of Node.js: all the same` : 'The archives are NOT the same.',
  );
  if (found.size !== 1) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

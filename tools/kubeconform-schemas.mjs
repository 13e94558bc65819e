// Schemas that the real kubeconform reads offline, to compare our verdicts and times with its: made once from the Python package
// kubernetes-validate, which carries the schemas of many Kubernetes versions, and kept in the toolchain's cache.
//
//   node tools/kubeconform-schemas.mjs    makes them if they are missing, and prints where they are
//
// Needs Python 3 with pip.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { isMain, runCommand } from './lib/command-line.mjs';
import { ToolError } from './lib/errors.mjs';
import { withLock } from './lib/lock.mjs';
import { cacheDir } from './lib/paths.mjs';
import { seconds } from './lib/text.mjs';

const run = promisify(execFile);

const wheel = {
  requirement: 'kubernetes-validate==1.37.0',
  sha256: '85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9',
};
// Counts changes of what is made from it.
const format = 2;

// kubeconform's own placeholders. Its `-kubernetes-version 1.36.0` makes the first one v1.36.0.
const layout = '{{.NormalizedKubernetesVersion}}/{{.ResourceKind}}{{.KindSuffix}}.json';

/** A Python that has pip, or why there is none. */
async function findPython() {
  const reasons = [];
  for (const program of ['python3', 'python']) {
    try {
      await run(program, ['-c', 'import sys; assert sys.version_info[0] == 3; import pip, zipfile'], {
        timeout: 30_000,
      });
      return { program };
    } catch (error) {
      reasons.push(error.code === 'ENOENT' ? `no ${program} on PATH` : `${program} has no Python 3 with pip`);
    }
  }
  return { reason: reasons.join(', ') };
}

/** Downloads the wheel into `folder`, checked against its hash, and unpacks it there. */
async function fetchWheel(python, folder) {
  const requirements = path.join(folder, 'requirements.txt');
  await fs.writeFile(requirements, `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`);
  const pip = ['-m', 'pip', '--disable-pip-version-check', 'download', '--quiet', '--no-cache-dir', '--no-input'];
  const options = ['--no-deps', '--only-binary=:all:', '--require-hashes', '--requirement', requirements];
  try {
    await run(python, [...pip, ...options, '--dest', folder], { timeout: 5 * 60_000 });
  } catch (cause) {
    const details = String(cause.stderr ?? cause.message)
      .trim()
      .split('\n')
      .slice(-5)
      .join('\n');
    throw new ToolError(`pip could not download ${wheel.requirement}`, { details, cause });
  }
  const file = (await fs.readdir(folder)).find((name) => name.endsWith('.whl'));
  await run(python, ['-m', 'zipfile', '-e', path.join(folder, file), path.join(folder, 'unpacked')], {
    timeout: 120_000,
  });
  return path.join(folder, 'unpacked', 'kubernetes_validate', 'kubernetes-json-schema');
}

/**
 * The schema without prose, and without the names that would send kubeconform to the network; what it refers to is noted in
 * `used` and found under `definitions`.
 */
function converted(node, used) {
  if (Array.isArray(node)) return node.map((item) => converted(item, used));
  if (typeof node !== 'object' || node === null) return node;
  const entries = [];
  for (const [key, value] of Object.entries(node)) {
    // A property may have any of these names: what follows is then no text.
    if (['$id', '$schema', 'description'].includes(key) && typeof value === 'string') continue;
    if (key === '$ref' && typeof value === 'string') {
      const name = value.slice(value.lastIndexOf('/') + 1);
      used.add(name);
      entries.push([key, `#/definitions/${name}`]);
    } else entries.push([key, converted(value, used)]);
  }
  return Object.fromEntries(entries);
}

/** Each kind of a version as one file that needs no other. */
async function convertVersion(source, target) {
  const { $defs } = JSON.parse(await fs.readFile(path.join(source, '_definitions.json'), 'utf8'));
  await fs.mkdir(target);
  for (const name of await fs.readdir(source)) {
    // A file of a kind ends in its API version; the others hold lists of them.
    if (!/-v\d+(?:(?:alpha|beta)\d+)?\.json$/.test(name)) continue;
    const used = new Set();
    const schema = converted(JSON.parse(await fs.readFile(path.join(source, name), 'utf8')), used);
    if (schema['x-kubernetes-group-version-kind'] === undefined) continue;
    const definitions = {};
    // A Set also visits what is added on the way.
    for (const definition of used) definitions[definition] = converted($defs[definition], used);
    await fs.writeFile(path.join(target, name), JSON.stringify({ ...schema, definitions }));
  }
}

/** To be called by one process at a time. */
async function make(python, target) {
  const parent = path.dirname(target);
  const prefix = `${path.basename(target)}-`;
  // What a killed run has left.
  for (const name of await fs.readdir(parent)) {
    if (name.startsWith(prefix)) await fs.rm(path.join(parent, name), { recursive: true, force: true });
  }
  const folder = await fs.mkdtemp(path.join(parent, prefix));
  try {
    const source = await fetchWheel(python, folder);
    const result = path.join(folder, 'result');
    await fs.mkdir(result);
    for (const name of await fs.readdir(source)) {
      const version = /^(v\d+\.\d+\.\d+)-local-strict$/.exec(name)?.[1];
      if (version !== undefined) await convertVersion(path.join(source, name), path.join(result, version));
    }
    await fs.rename(result, target);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

const isThere = (folder) =>
  fs.access(folder).then(
    () => true,
    () => false,
  );

/**
 * Where kubeconform finds schemas without the network; made now if they are not in the cache yet.
 *
 * @param {{ log?: (line: string) => void }} [options] log: is told what takes time, and why there are none
 * @returns {Promise<{ location: string, versions: readonly string[] } | undefined>} location: for `-schema-location`;
 *   versions: for `-kubernetes-version`, oldest first, such as 1.36.0; nothing without a Python 3 that has pip
 * @throws {ToolError} when the package cannot be downloaded
 */
export async function kubeconformSchemas({ log = () => {} } = {}) {
  const key = createHash('sha256')
    .update(JSON.stringify([wheel, format]))
    .digest('hex')
    .slice(0, 16);
  const folder = path.join(cacheDir(), 'kubeconform-schemas', key);
  if (!(await isThere(folder))) {
    const { program, reason } = await findPython();
    if (program === undefined) {
      log(`no schemas for kubeconform: ${reason}`);
      return undefined;
    }
    const onWait = (pid) => log(`process ${pid} is already making schemas for kubeconform: waiting for it`);
    await withLock(`${folder}.lock`, { timeoutMs: 15 * 60_000, onWait }, async () => {
      if (await isThere(folder)) return;
      const started = Date.now();
      log('making schemas for kubeconform …');
      await make(program, folder);
      log(`made schemas for kubeconform in ${seconds(started)}`);
    });
  }
  const versions = (await fs.readdir(folder)).map((name) => name.slice(1));
  versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return { location: path.join(folder, layout), versions };
}

if (isMain(import.meta.url)) {
  await runCommand('kubeconform-schemas', async () => {
    const schemas = await kubeconformSchemas({ log: (line) => console.log(`kubeconform-schemas: ${line}`) });
    if (schemas === undefined) process.exitCode = 1;
    else console.log(`kubeconform-schemas: ${schemas.versions.join(', ')} in ${schemas.location}`);
  });
}

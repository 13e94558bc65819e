/** The two sides: the whole action, and helm package with helm repo index --merge. Both get the same chart and the same index. */
import { accessSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../scripts/lib/run.mjs';
import { measure } from '../lib/resources.mjs';

const BIN = path.join(root, '.toolchain/bin');
const VERSION = '9.9.9';
/** On a busy machine helm takes several times its two minutes for 10,000 versions. */
const HELM_TIMEOUT_MS = 30 * 60_000;

/** A small chart, in a folder of that name. */
export function writeChart(folder, name) {
  const chart = path.join(folder, 'source', name);
  mkdirSync(path.join(chart, 'templates'), { recursive: true });
  writeFileSync(
    path.join(chart, 'Chart.yaml'),
    `apiVersion: v2\nname: ${name}\ndescription: One more\ntype: application\nversion: ${VERSION}\nappVersion: "1.0"\n`,
  );
  writeFileSync(path.join(chart, 'values.yaml'), 'replicas: 1\n');
  writeFileSync(
    path.join(chart, 'templates/configmap.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  replicas: {{ .Values.replicas | quote }}\n',
  );
  return chart;
}

/** Throws unless the index has one version more, the new one first, and has lost none. */
export function checkIndex(text, { name, style, before, charts }) {
  const count = (content) => content.match(style === 'json' ? /"digest"/g : /^ +(?:- )?digest: /gm)?.length ?? 0;
  const [had, has] = [count(before), count(text)];
  if (has !== had + 1) throw new Error(`the index had ${had} versions and now has ${has}`);
  const at = text.indexOf(style === 'json' ? `"${name}": [` : `\n  ${name}:`);
  const entry = text.slice(at, at + 1500);
  const digest = /"?digest"?: ?"?([0-9a-f]{64})/.exec(entry)?.[1];
  if (!entry.includes(VERSION) || digest === undefined) throw new Error(`${name} ${VERSION} is not first of ${charts}`);
  // Ours keeps every other byte; helm writes all anew, in the same layout.
  if (before.includes(digest)) throw new Error('the digest is not new');
}

/** The whole action, `node dist/index.js publish-chart`, without a step around it: what it uses is to be measured. */
export function ourSide(folder, bundles) {
  const installation = mkdtempSync(path.join(folder, 'installation-'));
  for (const name of ['schema', 'package.json']) symlinkSync(path.join(root, name), path.join(installation, name));
  symlinkSync(bundles, path.join(installation, 'dist'));
  return async (chart, repository, env = {}, inputs = {}) => {
    const temp = mkdtempSync(path.join(folder, 'run-'));
    const output = path.join(temp, 'output');
    const summary = path.join(temp, 'summary');
    for (const file of [output, summary]) writeFileSync(file, '');
    const all = {
      PATH: process.env.PATH,
      HOME: temp,
      RUNNER_TEMP: temp,
      GITHUB_WORKSPACE: path.dirname(chart),
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      INPUT_CHARTS: path.basename(chart),
      'INPUT_CHART-REPOSITORY': repository,
      ...Object.fromEntries(Object.entries(inputs).map(([key, value]) => [`INPUT_${key.toUpperCase()}`, value])),
      ...env,
    };
    const args = ['-c', 'exec "$0" "$@"', process.execPath, path.join(installation, 'dist/index.js'), 'publish-chart'];
    const result = await measure('bash', args, { env: all, memory: true });
    if (!/^result<<\S+\npublished$/m.test(readFileSync(output, 'utf8')))
      throw new Error(`not published: ${result.output}`);
    rmSync(temp, { recursive: true, force: true });
    return { milliseconds: result.milliseconds, cpu: result.cpu, peak: result.peaks.node };
  };
}

/** A repository in a folder with that index; what is in it afterwards is for `checkIndex`. */
export function folderRepository(folder, text) {
  const place = mkdtempSync(path.join(folder, 'repository-'));
  writeFileSync(path.join(place, 'index.yaml'), text);
  return {
    url: pathToFileURL(place).href,
    index: () => readFileSync(path.join(place, 'index.yaml'), 'utf8'),
    remove: () => rmSync(place, { recursive: true, force: true }),
  };
}

/** Whether there is such a helm in the toolchain. */
export function hasHelm(helm) {
  try {
    accessSync(path.join(BIN, helm));
    return true;
  } catch {
    return false;
  }
}

/** The peer: packs the chart into a folder with nothing else, and merges the index that was downloaded. No transfer is counted. */
export async function helmSide(folder, helm, chart, text, style) {
  const place = mkdtempSync(path.join(folder, 'helm-'));
  const own = path.join(place, 'chart', path.basename(chart));
  cpSync(chart, own, { recursive: true });
  const old = path.join(place, 'old-index.yaml');
  const made = path.join(place, 'made');
  writeFileSync(old, text);
  mkdirSync(made);
  const script = '"$1" package "$2" -d "$3" >/dev/null && exec "$1" repo index "$3" --merge "$4" $5';
  const json = style === 'json' ? '--json' : '';
  const args = ['-c', script, 'bash', path.join(BIN, helm), own, made, old, json];
  const env = { PATH: process.env.PATH, HOME: place };
  const result = await measure('bash', args, { env, memory: true, timeoutMs: HELM_TIMEOUT_MS });
  const index = readFileSync(path.join(made, 'index.yaml'), 'utf8');
  rmSync(place, { recursive: true, force: true });
  return { milliseconds: result.milliseconds, cpu: result.cpu, peak: result.peaks[helm] ?? 0, index };
}

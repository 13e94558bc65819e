import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { alternate, ratios } from '../lib/measure.mjs';
import { privateModules } from '../lib/private-build.mjs';
import { comparisonRows, table, verdict } from '../lib/report.mjs';
import { measure } from '../lib/resources.mjs';
import { VERSIONS, writeManyObjects } from './charts.mjs';
import { preparePeers, resourcesIn } from './peers.mjs';
import { wholeAction } from './whole-action.mjs';

const OBJECTS = 10_000;
const TARGET = 1.5;
const CHECKER = fileURLToPath(new URL('check-text.mjs', import.meta.url));
const OURS = 'our checks of the rendered documents';
const PEER = 'kubeconform -strict on the same file';
const ACTION = 'the whole action: render and lint included';
const RENDER = 'helm template alone';
const LINT = 'helm lint alone';

/** 10,000 objects: the CPU time of our validation against kubeconform's, on the same rendered file. */
export async function benchDocuments({ rounds, bundles }) {
  const { helm, schemas } = await preparePeers();
  const dist = bundles();
  const modules = privateModules();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-bench-'));
  try {
    const chart = writeManyObjects(folder, OBJECTS);
    const version = VERSIONS.at(-1);
    const env = { PATH: process.env.PATH, HOME: folder };
    const file = path.join(folder, 'rendered.yaml');
    const options = { env, encoding: 'utf8', maxBuffer: 1e9 };
    writeFileSync(file, execFileSync('helm', ['template', 'many', chart, '--kube-version', version], options));
    const cpu = (side) =>
      Object.fromEntries(Object.entries(side).map(([name, run]) => [name, async () => (await run()).cpu]));
    const wanted = (found) => {
      if (found !== OBJECTS) throw new Error(`${found} objects were seen instead of ${OBJECTS}`);
    };
    const sides = {
      [OURS]: async () => {
        const result = await measure(process.execPath, [CHECKER, modules, file, version.split('.')[1]], { env });
        wanted(Number(result.output));
        return result;
      },
      ...(schemas === undefined
        ? {}
        : {
            [PEER]: async () => {
              const args = ['-strict', '-summary', '-kubernetes-version', version, '-schema-location', schemas, file];
              const result = await measure('kubeconform', args, { env });
              wanted(resourcesIn(result.output));
              return result;
            },
          }),
    };
    const results = await alternate(cpu(sides), { rounds });
    console.log(
      `\n${OBJECTS} objects, already rendered: CPU time (user and system) of the whole process, ${rounds} rounds`,
    );
    const rows = comparisonRows(results, (name) =>
      schemas === undefined ? undefined : ratios(results[name], results[PEER]),
    );
    for (const line of table(rows)) console.log(line);

    const action = wholeAction(folder, dist, { chart, version });
    const whole = {
      [ACTION]: action,
      [RENDER]: () => measure('helm', ['template', 'many', chart, '--kube-version', version], { env }),
      [LINT]: () => measure('helm', ['lint', chart, '--kube-version', version], { env }),
    };
    const beside = {};
    for (const [name, run] of Object.entries(whole)) beside[name] = await run();
    console.log(`\nThe same chart, once: helm ${helm}`);
    const seconds = (value) => (value / 1000).toFixed(2);
    const megabytes = (bytes) => (bytes === undefined ? '' : Math.round(bytes / 1e6));
    for (const line of table([
      ['', 'wall s', 'CPU s', "node's peak MB"],
      ...Object.entries(beside).map(([name, { milliseconds, cpu: spent, node }]) => [
        name,
        seconds(milliseconds),
        seconds(spent),
        megabytes(node),
      ]),
    ]))
      console.log(line);
    for (const side of Object.values(beside)) delete side.output;
    const what = `the checks of ${OBJECTS} objects against kubeconform’s, CPU time`;
    return {
      results,
      beside,
      verdicts: schemas === undefined ? [] : [verdict(what, ratios(results[OURS], results[PEER]), TARGET)],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

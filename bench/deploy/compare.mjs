import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../../scripts/lib/run.mjs';
import { clusterDown, clusterUp } from '../../tools/cluster.mjs';
import { alternate, describeSamples, ratios } from '../lib/measure.mjs';
import { comparisonRows, milliseconds, table, times, verdict } from '../lib/report.mjs';
import { actionStep, scriptStep } from '../lib/step.mjs';
import { auditReader, total } from './requests.mjs';

const BIN = path.join(root, '.toolchain/bin');
const SCRIPT = fileURLToPath(new URL('helm.sh', import.meta.url));
const OURS = 'deploy-chart';
const PEER = 'helm upgrade --install --wait, helm test';
const SIDES = { [OURS]: 'ours', [PEER]: 'helm' };

/** Throws unless every Deployment of the namespace runs that tag, and nothing else. */
function checkDeployed(cluster, namespace, tag) {
  // Without a home, kubectl's cache would lie about here.
  const env = { ...cluster, HOME: path.dirname(cluster.KUBECONFIG) };
  const args = ['get', 'deployments', '--namespace', namespace, '--output=json'];
  const { items } = JSON.parse(
    execFileSync(path.join(BIN, 'kubectl'), args, { env, maxBuffer: 1e9, encoding: 'utf8' }),
  );
  if (items.length === 0) throw new Error(`nothing was deployed to ${namespace}`);
  for (const { metadata, spec, status } of items) {
    const { image } = spec.template.spec.containers[0];
    const ready = status.observedGeneration === metadata.generation && status.updatedReplicas === status.readyReplicas;
    if (image.endsWith(`:${tag}`) && ready && status.readyReplicas === spec.replicas) continue;
    throw new Error(`${metadata.name} in ${namespace} is not ready on ${tag}: ${image}, ${JSON.stringify(status)}`);
  }
}

/** What the rounds of one kind used, besides time. */
function resourceRows(used) {
  const rows = [['', 'CPU ms', 'requests', 'memory at its highest']];
  for (const [name, runs] of Object.entries(used)) {
    const peaks = {};
    for (const run of runs)
      for (const [program, peak] of Object.entries(run.peaks)) peaks[program] = Math.max(peaks[program] ?? 0, peak);
    const memory = ['node', 'helm', 'kubectl'].flatMap((program) =>
      peaks[program] === undefined ? [] : [`${program} ${Math.round(peaks[program] / 1e6)} MB`],
    );
    const cpu = describeSamples(runs.map((run) => run.cpu)).median;
    const requests = describeSamples(runs.map((run) => total(run.requests))).median;
    rows.push([name, milliseconds(cpu), requests, memory.join(', ')]);
  }
  return rows;
}

/** The requests of the last run of each side, what ours asks more often first. */
function requestRows(used) {
  const [ours, theirs] = [OURS, PEER].map((side) => used[side].at(-1).requests);
  const keys = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
  const rows = keys.map((key) => [key, ours[key] ?? 0, theirs[key] ?? 0]);
  rows.sort((a, b) => b[1] - b[2] - (a[1] - a[2]) || b[1] - a[1]);
  return [['requests', OURS, 'helm'], ...rows, ['all', total(ours), total(theirs)]];
}

/**
 * Both sides alternately, each in a namespace of its own: first installs, in a new namespace each time, and then upgrades with
 * a new image tag each.
 *
 * @param {string} title
 * @param {{ write(folder: string): string, target: number, rounds: number, bundles: () => string }} options write: makes
 *   the chart; target: ours may take so many times as long as helm
 */
export async function benchDeploy(title, { write, target, rounds, bundles }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-bench-'));
  const name = `bench-${process.pid}`;
  try {
    const dist = bundles();
    const kubeconfig = path.join(folder, 'kubeconfig');
    const { auditLog } = await clusterUp({ name, kubeconfig, nodes: 5, audit: true });
    const requests = auditReader(auditLog);
    const chart = write(folder);
    const env = { PATH: `${BIN}${path.delimiter}${process.env.PATH}`, KUBECONFIG: kubeconfig };
    const check = (output) => {
      if (output('result') !== 'deployed') throw new Error(`deploy-chart: ${output('result') || 'no result'}`);
    };
    const ours = actionStep(folder, dist, 'deploy-chart', { check, resources: true });
    const theirs = scriptStep(folder, SCRIPT, { resources: true });
    let tags = 0;

    /** One kind of rounds; `namespaceOf` says where a round's deploys go. */
    const measure = async (what, count, warmUp, namespaceOf) => {
      const used = { [OURS]: [], [PEER]: [] };
      const side = (which, deploy) => async (round) => {
        const namespace = `${namespaceOf(round)}-${SIDES[which]}`;
        const tag = `1.0.${tags++}`;
        const resources = {};
        requests();
        const time = await deploy(namespace, tag, resources);
        if (round >= warmUp) used[which].push({ ...resources, requests: requests() });
        checkDeployed(env, namespace, tag);
        return time;
      };
      const results = await alternate(
        {
          [OURS]: side(OURS, (namespace, tag, resources) =>
            ours({ chart, namespace, release: 'shop', 'set-string': `tag=${tag}` }, env, resources),
          ),
          [PEER]: side(PEER, (namespace, tag, resources) =>
            theirs({ ...env, CHART: chart, NAMESPACE: namespace, RELEASE: 'shop', TAG: tag }, resources),
          ),
        },
        { rounds: count, warmUp },
      );
      console.log(`\n${title}, ${what}, ${count} rounds`);
      const ratioOf = (which) => ratios(results[which], results[PEER]);
      for (const line of table(comparisonRows(results, ratioOf))) console.log(line);
      const cpu = ratios(...[OURS, PEER].map((which) => describeSamples(used[which].map((run) => run.cpu))));
      for (const line of table(resourceRows(used))) console.log(line);
      console.log(`CPU time: ${times(cpu.median)}`);
      return { results, used, verdict: verdict(`${title}, ${what}`, ratioOf(OURS), target) };
    };

    const installs = await measure(
      'first install',
      Math.max(1, Math.ceil(rounds / 2)),
      1,
      (round) => `install-${round}`,
    );
    const upgrades = await measure('upgrade', rounds, 2, () => 'upgrade');
    console.log('');
    for (const line of table(requestRows(upgrades.used))) console.log(line);
    return { installs, upgrades, verdicts: [installs.verdict, upgrades.verdict] };
  } finally {
    await clusterDown({ name });
    rmSync(folder, { recursive: true, force: true });
  }
}

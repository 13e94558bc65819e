import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { alternate, ratios } from '../lib/measure.mjs';
import { comparisonRows, table, verdict } from '../lib/report.mjs';
import { actionStep, scriptStep } from '../lib/step.mjs';
import { CHARTS, ENVIRONMENTS, VERSIONS } from './charts.mjs';
import { preparePeers, resourcesIn } from './peers.mjs';

const SCRIPT = fileURLToPath(new URL('naive.sh', import.meta.url));
const OURS = 'validate-chart';
const PEER = 'for each cell: helm lint; helm template | kubeconform';
const TARGET = 0.5;

const CASES = [
  { chart: 'small', capabilities: 'none', what: 'a small chart (helm create)' },
  { chart: 'medium', capabilities: 'none', what: 'a medium chart' },
  {
    chart: 'medium',
    capabilities: 'asks',
    what: 'a medium chart that asks for an API (.Capabilities.APIVersions.Has)',
  },
  {
    chart: 'medium',
    capabilities: 'reads',
    what: 'a medium chart that renders the version (.Capabilities.KubeVersion)',
  },
  { chart: 'large', capabilities: 'none', what: 'a chart of 150 templates' },
  { chart: 'large', capabilities: 'reads', what: 'a chart of 150 templates that renders the version' },
];

/** What both sides say they have looked at must be the same. */
function bothSides(folder, bundles, chart) {
  const seen = {};
  const note = (side, objects) => {
    seen[side] = objects;
    if (seen.ours !== undefined && seen.theirs !== undefined && seen.ours !== seen.theirs)
      throw new Error(`Not the same work: we saw ${seen.ours} objects, kubeconform ${seen.theirs}.`);
  };
  const ours = actionStep(folder, bundles, 'validate-chart', {
    check(output) {
      const { charts, errors } = JSON.parse(readFileSync(output('result-file'), 'utf8'));
      const [{ cells, renders }] = charts;
      if (errors !== 0 || cells.length !== ENVIRONMENTS.length * VERSIONS.length)
        throw new Error('Not all was validated.');
      seen.renders = renders;
      note(
        'ours',
        cells.reduce((sum, cell) => sum + cell.objects, 0),
      );
    },
  });
  const theirs = scriptStep(folder, SCRIPT, { check: (printed) => note('theirs', resourcesIn(printed)) });
  return { seen, ours, theirs, release: path.basename(chart) };
}

/** Three environments on three Kubernetes versions: the whole action, as a step, against the shell loop, as a step. */
export async function benchMatrix({ rounds, bundles }) {
  const { helm, schemas } = await preparePeers();
  const dist = bundles();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-bench-'));
  const verdicts = [];
  const parts = {};
  try {
    for (const { chart: name, capabilities, what } of CASES) {
      const repository = path.join(folder, `${name}-${capabilities}`);
      mkdirSync(repository);
      const chart = CHARTS[name](repository, { capabilities });
      const { seen, ours, theirs, release } = bothSides(folder, dist, chart);
      const sides = {
        [OURS]: () => ours({ 'working-directory': repository }),
        ...(schemas === undefined
          ? {}
          : {
              [PEER]: () =>
                theirs({
                  CHART: chart,
                  RELEASE: release,
                  ENVIRONMENTS: ENVIRONMENTS.join(' '),
                  VERSIONS: VERSIONS.join(' '),
                  SCHEMAS: schemas,
                }),
            }),
      };
      const results = await alternate(sides, { rounds });
      const cells = ENVIRONMENTS.length * VERSIONS.length;
      console.log(
        `\n${what}: ${ENVIRONMENTS.length} environments × ${VERSIONS.length} Kubernetes versions, helm ${helm}, ${rounds} rounds`,
      );
      console.log(`${seen.ours} objects in ${cells} cells, ${seen.renders} renders made`);
      const rows = comparisonRows(results, (side) =>
        schemas === undefined ? undefined : ratios(results[side], results[PEER]),
      );
      for (const line of table(rows)) console.log(line);
      parts[`${name}, ${capabilities}`] = { results, ...seen };
      if (schemas !== undefined) verdicts.push(verdict(`${what}, 3 × 3`, ratios(results[OURS], results[PEER]), TARGET));
    }
    return { cases: parts, verdicts };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

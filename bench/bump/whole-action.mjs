import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { alternate, ratios } from '../lib/measure.mjs';
import { comparisonRows, table, verdict } from '../lib/report.mjs';
import { startServer } from './charts-server.mjs';
import { CHART, IMAGE_NAME, checkBump, createRepository } from './chart-repository.mjs';
import { actionStep, scriptStep } from './step.mjs';

const SCRIPT = fileURLToPath(new URL('bump.sh', import.meta.url));
const OURS = 'bump-image-tag';
const PEER = 'bash: clone --depth 1, awk, commit, push';
const tagOf = (round) => `2.0.${round}`;

/** Both sides against repositories of their own, which are equal. */
async function compare(title, what, target, { rounds, ours, theirs, url, tokenEnv = {}, inputs = {}, check }) {
  const results = await alternate(
    {
      [OURS]: async (round) => {
        const time = await ours({ images: `${IMAGE_NAME}:${tagOf(round)}`, repository: url.ours, ...inputs });
        check('ours', tagOf(round));
        return time;
      },
      [PEER]: async (round) => {
        const time = await theirs({ REPOSITORY_URL: url.theirs, CHART, IMAGE_NAME, TAG: tagOf(round), ...tokenEnv });
        check('theirs', tagOf(round));
        return time;
      },
    },
    { rounds, warmUp: 2 },
  );
  console.log(`\n${title}, ${rounds} rounds`);
  for (const line of table(comparisonRows(results, (name) => ratios(results[name], results[PEER])))) console.log(line);
  return { results, verdicts: [verdict(what, ratios(results[OURS], results[PEER]), target)] };
}

/** The action on git, over `file://` and over HTTP, both on this machine. */
export async function benchGit({ rounds, bundles }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-bench-'));
  const server = await startServer();
  try {
    const sides = { rounds, ours: actionStep(folder, bundles()), theirs: scriptStep(folder, SCRIPT) };
    const paths = { ours: path.join(folder, 'ours.git'), theirs: path.join(folder, 'theirs.git') };
    const file = await compare('The whole action, on git over file://', 'git over file://', 1, {
      ...sides,
      url: { ours: createRepository(paths.ours), theirs: createRepository(paths.theirs) },
      check: (side, tag) => checkBump(paths[side], tag),
    });
    const http = await compare('The whole action, on git over HTTP', 'git over HTTP', 1, {
      ...sides,
      url: { ours: server.gitUrl('ours'), theirs: server.gitUrl('theirs') },
      inputs: { token: server.token, 'server-url': server.serverUrl },
      tokenEnv: server.tokenEnv,
      check: server.check,
    });
    return { file: file.results, http: http.results, verdicts: [...file.verdicts, ...http.verdicts] };
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startServer } from './charts-server.mjs';
import { compare, sidesIn } from './compare.mjs';

const LATENCY_MS = 40;

/** What each side asked the server for in one bump: `2 (graphql:… 1, …)`. */
function requestLine(requests) {
  const counts = new Map();
  for (const { operations } of requests) {
    const name = operations.join('+');
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return `${requests.length} (${[...counts].map(([name, count]) => `${count} × ${name}`).join(', ')})`;
}

/** The action by GitHub's API, against bash with git, when every request takes its time on the way. */
export async function benchApi({ rounds, bundles }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-bench-'));
  const server = await startServer();
  try {
    await server.setLatency(LATENCY_MS);
    const title = `The whole action, by GitHub's API, with ${LATENCY_MS} ms before each request`;
    const requests = {};
    const outcome = await compare(title, `the API with ${LATENCY_MS} ms, against bash on git`, 0.5, {
      ...sidesIn(folder, bundles()),
      rounds,
      repositories: { ours: server.repository('ours'), theirs: server.gitUrl('theirs') },
      inputs: {
        token: server.token,
        'server-url': server.serverUrl,
        'api-url': server.apiUrl,
        'graphql-url': server.graphqlUrl,
      },
      env: server.tokenEnv,
      async check(side, tag, told) {
        server.check(side, tag);
        requests[told ? side : 'finding'] = (await server.state()).requests;
        await server.forgetRequests();
      },
    });
    console.log(`requests of one bump: ${requestLine(requests.ours)}`);
    console.log(`   finding the chart: ${requestLine(requests.finding)}`);
    console.log(`             in bash: ${requestLine(requests.theirs)}`);
    const { violations } = await server.state();
    if (violations.length > 0)
      throw new Error(`What the server was asked for is against its contract: ${violations[0].message}`);
    const count = requests.ours.length;
    const line = `${count <= 2 ? 'met    ' : 'NOT met'}  requests of a direct bump: ${count}, target ≤ 2`;
    const countVerdict = { what: 'requests of a direct bump', count, target: 2, met: count <= 2, line };
    return { results: outcome.results, verdicts: [...outcome.verdicts, countVerdict] };
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

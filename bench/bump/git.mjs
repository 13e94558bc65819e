import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { checkBump, createRepository } from './chart-repository.mjs';
import { startServer } from './charts-server.mjs';
import { compare, sidesIn } from './compare.mjs';

/** The action on git, over `file://` and over HTTP, both on this machine. */
export async function benchGit({ rounds, bundles }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-bench-'));
  const server = await startServer();
  try {
    const sides = { rounds, ...sidesIn(folder, bundles()) };
    const paths = { ours: path.join(folder, 'ours.git'), theirs: path.join(folder, 'theirs.git') };
    const file = await compare('The whole action, on git over file://', 'git over file://', 1, {
      ...sides,
      repositories: { ours: createRepository(paths.ours), theirs: createRepository(paths.theirs) },
      check: (side, tag) => checkBump(paths[side], tag),
    });
    const http = await compare('The whole action, on git over HTTP', 'git over HTTP', 1, {
      ...sides,
      repositories: { ours: server.gitUrl('ours'), theirs: server.gitUrl('theirs') },
      inputs: { token: server.token, 'server-url': server.serverUrl },
      env: server.tokenEnv,
      check: server.check,
    });
    return { file: file.results, http: http.results, verdicts: [...file.verdicts, ...http.verdicts] };
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

// What runs at the end, as a page.
import fs from 'node:fs/promises';
import path from 'node:path';
import { command } from './command.mjs';
import { git } from './git.mjs';

/**
 * Runs report-releases as anybody may on their own machine: no workflow, no GitHub.
 * @param {import('./world.mjs').World} world
 * @returns {Promise<{ page: string, line: string }>} the page's file, and what it found in one line
 */
export async function reportReleases(world) {
  const folder = path.join(world.root, 'report');
  await fs.mkdir(folder);
  await fs.writeFile(path.join(folder, 'helm-cd.yaml'), await git(world.charts.bare, 'show', 'HEAD:helm-cd.yaml'));
  const said = await command(process.execPath, [path.join(world.root, 'released/dist/index.js'), 'report-releases'], {
    cwd: folder,
    env: {
      PATH: `${world.bin}${path.delimiter}${process.env.PATH}`,
      HOME: world.home,
      RUNNER_TEMP: folder,
      GITHUB_SERVER_URL: world.github.serverUrl,
      GITHUB_REPOSITORY: 'acme/charts',
      'INPUT_KUBECONFIG-FILE': world.kubeconfig,
      'INPUT_OUTPUT-DIRECTORY': path.join(world.output, 'report'),
      INPUT_FORMAT: 'html,json',
    },
    signal: world.signal,
    timeoutMs: 120_000,
  });
  const [line = ''] = /^\d+ releases?: .*$/m.exec(said) ?? [];
  return { page: path.join(world.output, 'report/report.html'), line };
}

import { startGitHubServerProcess } from '../../test/support/github-server/process.mjs';
import { checkBump, fillRepository } from './chart-repository.mjs';

const OWNER = 'acme';
const TOKEN = 'ghs_0123456789abcdefghijABCDEFGHIJ012345';
const NAMES = ['ours', 'theirs'];

/** A GitHub in a process of its own, with a repository for each side. */
export async function startServer() {
  const server = await startGitHubServerProcess({
    repositories: NAMES.map((name) => ({ owner: OWNER, name, files: { 'README.md': '# Charts\n' } })),
    tokens: [TOKEN],
  });
  try {
    for (const name of NAMES) fillRepository(server.repositoryPaths[`${OWNER}/${name}`]);
  } catch (error) {
    await server.close();
    throw error;
  }
  const basic = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
  return {
    ...server,
    token: TOKEN,
    repository: (name) => `${OWNER}/${name}`,
    gitUrl: (name) => `${server.url}/${OWNER}/${name}.git`,
    /** For git in bash: as actions/checkout leaves it, which spares git the question for a password. */
    tokenEnv: {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `http.${server.url}/.extraheader`,
      GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${basic}`,
    },
    check: (name, tag) => checkBump(server.repositoryPaths[`${OWNER}/${name}`], tag),
  };
}

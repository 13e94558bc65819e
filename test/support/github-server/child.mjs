/** The other side of process.mjs: one server, which ends with the process that wanted it. */
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
const { startGitHubServer } = await import('./index.ts');
const { githubSchema } = await import('./graphql/schema.ts');

let server;

const ACTIONS = {
  async start(options) {
    server = await startGitHubServer({ ...options, onEvent: (happening) => process.send({ happening }) });
    githubSchema(); // read now, not at the first request's expense
    const { url, serverUrl, apiUrl, graphqlUrl } = server;
    const repositoryPaths = Object.fromEntries(
      options.repositories.map(({ owner, name }) => [`${owner}/${name}`, server.repositoryPath(owner, name)]),
    );
    return { url, serverUrl, apiUrl, graphqlUrl, repositoryPaths };
  },
  state: () => {
    const { requests, violations, dispatches, events } = server;
    return { requests, violations, dispatches, events };
  },
  setLatency: (milliseconds) => {
    server.latencyMs = milliseconds;
  },
  forgetRequests: () => {
    server.requests.length = 0;
  },
  commit: ({ owner, name, ...commit }) => server.repository(owner, name).commit(commit),
  read: ({ owner, name, path, branch }) => server.repository(owner, name).read(path, branch),
  comments: ({ owner, name }) => server.repository(owner, name).comments,
  addToken: (options) => server.addToken(options),
  setRun: ({ owner, name, run }) => server.setRun(owner, name, run),
  deployments: () => server.deployments,
  close: () => server?.close(),
};

process.on('message', ({ id, action, value }) => {
  Promise.resolve()
    .then(() => ACTIONS[action](value))
    .then(
      (result) => process.send({ id, result }),
      (error) => process.send({ id, error: error.stack ?? String(error) }),
    );
});
process.on('disconnect', () => void Promise.resolve(server?.close()).finally(() => process.exit()));

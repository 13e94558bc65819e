import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * The same server in a process of its own: for benchmarks, whose clock must not pay for it, and for tests that keep this
 * process busy. Faults are for the server in this process only.
 *
 * @param {import('./index.js').GitHubServerOptions & { label?: string }} options onEvent is called in this process;
 *   label: by which people tell its process from others
 * @returns {Promise<{
 *   url: string, serverUrl: string, apiUrl: string, graphqlUrl: string,
 *   repositoryPaths: Record<string, string>,
 *   state(): Promise<Pick<import('./index.js').GitHubServer, 'requests' | 'violations' | 'dispatches' | 'events'>>,
 *   setLatency(milliseconds: number): Promise<void>,
 *   forgetRequests(): Promise<void>,
 *   commit(commit: { owner: string, name: string } & import('./index.js').SomeonesCommit): Promise<string>,
 *   read(file: { owner: string, name: string, path: string, branch?: string }): Promise<string | undefined>,
 *   comments(repository: { owner: string, name: string }): Promise<{ issue: number, body: string }[]>,
 *   addToken(token: import('./index.js').TokenOptions): Promise<void>,
 *   setRun(run: { owner: string, name: string, run: import('./index.js').WorkflowRun }): Promise<void>,
 *   deployments(): Promise<import('./index.js').Deployment[]>,
 *   close(): Promise<void>,
 * }>}
 */
export async function startGitHubServerProcess({ onEvent = () => {}, label = 'github', ...options }) {
  const child = fork(fileURLToPath(new URL('child.mjs', import.meta.url)), [label], {
    serialization: 'advanced', // files may be bytes
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map();
  let last = 0;
  child.on('message', ({ id, result, error, happening }) => {
    if (happening !== undefined) {
      onEvent(happening);
      return;
    }
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.once('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`The server's process ended with ${code}.`));
  });
  const ask = (action, value) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      child.send({ id: last, action, value });
    });
  try {
    const places = await ask('start', options);
    return {
      ...places,
      state: () => ask('state'),
      setLatency: (milliseconds) => ask('setLatency', milliseconds),
      forgetRequests: () => ask('forgetRequests'),
      commit: (commit) => ask('commit', commit),
      read: (file) => ask('read', file),
      comments: (repository) => ask('comments', repository),
      addToken: (token) => ask('addToken', token),
      setRun: (run) => ask('setRun', run),
      deployments: () => ask('deployments'),
      async close() {
        await ask('close');
        child.disconnect();
        await ended;
      },
    };
  } catch (error) {
    child.kill();
    throw error;
  }
}

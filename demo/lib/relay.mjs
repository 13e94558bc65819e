// The relay of this working copy, between the registry's notifications and GitHub.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { reservePorts } from '../../tools/lib/ports.mjs';
import { startService, stopService } from '../../tools/lib/service.mjs';
import { stateOf } from '../../tools/lib/state.mjs';
import { relayProgram } from './released.mjs';

/**
 * What the registry must know of the relay, which must know the registry: so this is chosen first. stopRelay gives it free again.
 * @param {{ name: string }} options
 */
export async function chooseRelay({ name }) {
  let port;
  await reservePorts(1, async ([free]) => stateOf('relay', name).write({ name, ports: { http: (port = free) } }));
  const secret = randomBytes(24).toString('hex');
  return {
    port,
    secret,
    notifications: { url: `http://127.0.0.1:${port}/registry`, headers: { Authorization: `Bearer ${secret}` } },
  };
}

/**
 * @param {object} options
 * @param {string} options.name
 * @param {{ port: number, secret: string }} options.relay as chooseRelay has chosen it
 * @param {string} options.token for GitHub
 * @param {string} options.apiUrl of GitHub
 * @param {{ images: string[], repository: string }[]} options.routes
 */
export function startRelay({ name, relay, token, apiUrl, routes }) {
  return startService('relay', name, {
    port: relay.port,
    async prepare({ folder, port }) {
      const configuration = {
        github: { 'api-url': apiUrl, 'token-env': 'RELAY_GITHUB_TOKEN' },
        listen: { host: '127.0.0.1', port },
        sources: { registry: { provider: 'distribution', auth: { bearer: { 'secret-env': 'RELAY_SECRET' } } } },
        routes,
      };
      const file = path.join(folder, 'relay.yaml');
      await fs.writeFile(file, stringify(configuration));
      return {
        program: process.execPath,
        args: [relayProgram, '--config', file],
        env: { RELAY_GITHUB_TOKEN: token, RELAY_SECRET: relay.secret },
        isReady: async () => (await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2000) })).ok,
        info: { url: `http://127.0.0.1:${port}` },
      };
    },
  });
}

/** @param {{ name: string }} options */
export function stopRelay({ name }) {
  return stopService('relay', name);
}

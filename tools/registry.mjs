// An OCI registry (distribution) on a loopback port, for images and charts. Deleting is allowed; no login, unless a password file
// or a token service is given.
//
//   node tools/registry.mjs up --name N [--port P]     prints {"name", "host", "directory", "pid"} and leaves it running
//   node tools/registry.mjs down --name N
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { exeName } from './lib/paths.mjs';
import { serviceCommand } from './lib/service-command.mjs';
import { startService, stopService } from './lib/service.mjs';
import { ensureToolchain } from './toolchain.mjs';

/** As the registry's configuration has it: one at a time, in order, each again until it is answered with 2xx or 3xx. */
function endpointOf({ url, headers = {} }) {
  const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return { name: 'relay', url, headers: lists, timeout: '30s', threshold: 1, backoff: '500ms' };
}

/**
 * @param {{ name: string, port?: number, htpasswd?: string, token?: { realm: string, service: string, issuer: string, jwks: object },
 *   deletes?: boolean, notifications?: { url: string, headers?: Record<string, string> }, log?: (line: string) => void }} options htpasswd: lines `user:hash` with hashes of bcrypt; then everything wants a password.
 *   token: the service that gives tokens, and the keys it signs them with; then everything wants a token.
 *   deletes: whether manifests may be deleted; they may be by default
 *   notifications: where each push is told of, such as a relay that may start later: it is told again every half second until it takes it
 * @returns {Promise<{ name: string, host: string, directory: string, pid: number }>} host: 127.0.0.1:PORT, plain HTTP
 */
export async function startRegistry({ name, port, htpasswd, token, deletes = true, notifications, log = () => {} }) {
  const { bin } = await ensureToolchain({ tools: ['registry'], log });
  return startService('registry', name, {
    port,
    async prepare({ folder, port: ownPort }) {
      const directory = path.join(folder, 'data');
      const host = `127.0.0.1:${ownPort}`;
      const passwords = path.join(folder, 'htpasswd');
      if (htpasswd !== undefined) await fs.writeFile(passwords, htpasswd, { mode: 0o600 });
      const jwks = path.join(folder, 'jwks.json');
      if (token !== undefined) await fs.writeFile(jwks, JSON.stringify(token.jwks));
      const { realm, service, issuer } = token ?? {};
      const configuration = {
        version: '0.1',
        log: { level: 'warn', accesslog: { disabled: true } },
        storage: { filesystem: { rootdirectory: directory }, delete: { enabled: deletes } },
        http: { addr: host, secret: randomBytes(16).toString('hex') },
        ...(notifications === undefined ? {} : { notifications: { endpoints: [endpointOf(notifications)] } }),
        ...(htpasswd === undefined ? {} : { auth: { htpasswd: { realm: 'registry', path: passwords } } }),
        ...(token === undefined ? {} : { auth: { token: { realm, service, issuer, jwks } } }),
      };
      const file = path.join(folder, 'config.yml');
      await fs.mkdir(directory, { recursive: true });
      await fs.writeFile(file, JSON.stringify(configuration));
      return {
        program: path.join(bin, exeName('registry')),
        args: ['serve', file],
        // It would send traces to whatever listens on the OpenTelemetry port of this machine.
        env: { OTEL_TRACES_EXPORTER: 'none' },
        isReady: async () => {
          const { status } = await fetch(`http://${host}/v2/`, { signal: AbortSignal.timeout(2000) });
          return status === (htpasswd === undefined && token === undefined ? 200 : 401);
        },
        info: { host, directory },
      };
    },
  });
}

/** @param {{ name: string }} options @returns {Promise<boolean>} whether there was one */
export function stopRegistry({ name }) {
  return stopService('registry', name);
}

await serviceCommand(import.meta.url, 'registry', { start: startRegistry, stop: stopRegistry });

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { HelmCdError } from '../core/errors.js';
import type { Services } from '../core/ports.js';

/** Who we are to a registry. */
export type RegistryCredentials =
  | { readonly username: string; readonly password: string }
  /** What `docker login` keeps for some registries in place of a password. */
  | { readonly identityToken: string };

type NeededServices = Pick<Services, 'environment' | 'masks' | 'processes'>;

interface AuthEntry {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}

/** A config.json of docker, podman or helm. */
interface AuthFile {
  readonly auths?: Readonly<Record<string, AuthEntry>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

const HELPER_TIMEOUT_MS = 30_000;
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

/** Where `helm registry login` and `docker login` keep what they were told, in this order. */
function authFiles(environment: Services['environment']): readonly string[] {
  const value = (name: string) => environment[name] ?? '';
  const home = value('HOME');
  const configHome =
    value('HELM_CONFIG_HOME') || path.join(value('XDG_CONFIG_HOME') || path.join(home, '.config'), 'helm');
  return [
    value('HELM_REGISTRY_CONFIG') || path.join(configHome, 'registry/config.json'),
    path.join(value('DOCKER_CONFIG') || path.join(home, '.docker'), 'config.json'),
  ];
}

async function readAuthFile(file: string): Promise<AuthFile> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return {};
  }
  try {
    return JSON.parse(text) as AuthFile;
  } catch (cause) {
    throw new HelmCdError('file', `${file} is no valid JSON.`, { hint: 'Log in again with docker login.', cause });
  }
}

/** Docker Hub has several names; logins are kept under one of them. */
function isDockerHub(host: string): boolean {
  return ['docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(host);
}

function keysOf(host: string): readonly string[] {
  const own = [
    host,
    `https://${host}`,
    `https://${host}/`,
    `https://${host}/v1/`,
    `https://${host}/v2/`,
    `http://${host}`,
  ];
  return isDockerHub(host) ? [DOCKER_HUB_KEY, ...own, 'docker.io'] : own;
}

function fromEntry(entry: AuthEntry): RegistryCredentials | undefined {
  if (entry.identitytoken) return { identityToken: entry.identitytoken };
  if (entry.username && entry.password) return { username: entry.username, password: entry.password };
  const decoded = Buffer.from(entry.auth ?? '', 'base64').toString();
  const colon = decoded.indexOf(':');
  if (colon <= 0) return undefined;
  // Docker pads with zero bytes.
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, '') };
}

/** Its answer may hold a secret: nothing of it is shown. */
function answerOf(stdout: string, helper: string): { readonly Username?: string; readonly Secret?: string } {
  try {
    return JSON.parse(stdout) as { Username?: string; Secret?: string };
  } catch {
    throw new HelmCdError('tool', `docker-credential-${helper} does not answer with JSON.`, {
      hint: 'Log in again, or give the inputs "username" and "password".',
    });
  }
}

/** Asks a `docker-credential-NAME` program. One that knows nothing of the host exits with an error. */
async function fromHelper(
  name: string,
  host: string,
  services: NeededServices,
): Promise<RegistryCredentials | undefined> {
  const server = isDockerHub(host) ? DOCKER_HUB_KEY : host;
  const { code, stdout } = await services.processes.run(`docker-credential-${name}`, ['get'], {
    input: server,
    accept: 'any',
    timeoutMs: HELPER_TIMEOUT_MS,
    env: { ...services.environment },
  });
  if (code !== 0) return undefined;
  const { Username = '', Secret = '' } = answerOf(stdout, name);
  if (Secret === '') return undefined;
  return Username === '<token>' ? { identityToken: Secret } : { username: Username, password: Secret };
}

/**
 * The credentials for a registry: those given, else what `helm registry login` or `docker login` has kept.
 * @returns nothing when there are none: then we are anonymous.
 * @throws HelmCdError `file` for a broken config.json, `tool` for a credential helper that is missing.
 */
export async function findCredentials(
  host: string,
  given: { readonly username?: string; readonly password?: string },
  services: NeededServices,
): Promise<RegistryCredentials | undefined> {
  if (given.username && given.password) return { username: given.username, password: given.password };
  for (const file of authFiles(services.environment)) {
    const config = await readAuthFile(file);
    const helper = keysOf(host)
      .map((key) => config.credHelpers?.[key])
      .find((name) => name !== undefined);
    const entry = keysOf(host)
      .map((key) => config.auths?.[key])
      .find((found) => found !== undefined);
    let found = helper === undefined ? undefined : await fromHelper(helper, host, services);
    found ??= entry === undefined ? undefined : fromEntry(entry);
    if (found === undefined && config.credsStore && (entry !== undefined || helper === undefined)) {
      found = await fromHelper(config.credsStore, host, services);
    }
    if (found === undefined) continue;
    services.masks.add('password' in found ? found.password : found.identityToken);
    return found;
  }
  return undefined;
}

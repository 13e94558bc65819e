import { Ajv, type ValidateFunction } from 'ajv';
import { checkedContent, SCHEMA_OPTIONS } from '../../config/check-schema.js';
import { ConfigFile } from '../../config/config-file.js';
import { parseDuration } from '../../core/duration.js';
import type { RawGitHub, RawLimits, RawRegistry, RawRelay } from './raw.js';
import { parseRoutes } from './routes.js';
import { RELAY_SCHEMA } from './schema.js';
import { Secrets } from './secrets.js';
import { parseSources } from './sources.js';
import type { Address, GitHubIdentity, Limits, RegistryLogin, RelayConfig } from './types.js';

const DEFAULT_API = 'https://api.github.com';
const DEFAULT_LISTEN: Address = { host: '127.0.0.1', port: 8080 };
const DEFAULT_ADMIN: Address = { host: '127.0.0.1', port: 9090 };
const DEFAULT_CONCURRENCY = 100;

let compiled: ValidateFunction | undefined;

function schemaValidator(): ValidateFunction {
  compiled ??= new Ajv(SCHEMA_OPTIONS).compile(RELAY_SCHEMA);
  return compiled;
}

function parseApiUrl(file: ConfigFile, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlainLoopback = url?.protocol === 'http:' && /^(?:localhost|127\.|\[::1\])/.test(url.host);
  if (url === undefined || (url.protocol !== 'https:' && !isPlainLoopback)) {
    file.fail(['github', 'api-url'], `github.api-url is no https:// address: "${text}"`);
  }
  return text.replace(/\/+$/, '');
}

function parseIdentity(file: ConfigFile, raw: RawGitHub, secrets: Secrets): GitHubIdentity {
  const { app, 'token-env': tokenEnv, 'token-file': tokenFile } = raw;
  const pointer = ['github'];
  if (app === undefined) {
    const token = secrets.one(pointer, 'token', { env: tokenEnv ?? [], file: tokenFile ?? [] });
    return { kind: 'token', token };
  }
  if (tokenEnv !== undefined || tokenFile !== undefined) {
    file.fail(pointer, 'github has both a token and an app', 'Keep one: it says who the relay is.');
  }
  const place = [...pointer, 'app'];
  const reference = { env: app['private-key-env'] ?? [], file: app['private-key-file'] ?? [] };
  // Variables cannot hold line ends everywhere.
  const privateKey = secrets.one(place, 'private-key', reference).replaceAll('\\n', '\n');
  if (!privateKey.startsWith('-----BEGIN')) {
    file.fail(place, 'github.app: the private key is no PEM file', 'It begins with -----BEGIN RSA PRIVATE KEY-----.');
  }
  const installation = app.installation === undefined ? {} : { installation: app.installation };
  return { kind: 'app', id: String(app.id), privateKey, ...installation };
}

function parseLimits(raw: RawLimits): Limits {
  const duration = (key: keyof Omit<RawLimits, 'concurrent-requests'>, otherwise: string) =>
    parseDuration(raw[key] ?? otherwise, `limits.${key}`);
  return {
    concurrency: raw['concurrent-requests'] ?? DEFAULT_CONCURRENCY,
    bodyTimeoutMs: duration('body-timeout', '10s'),
    deadlineMs: duration('deadline', '25s'),
    settleMs: duration('settle', '0'),
    appearMs: duration('appear', '10s'),
    rememberMs: duration('remember', '1h'),
  };
}

function checkLimits(file: ConfigFile, { deadlineMs, settleMs, appearMs, bodyTimeoutMs }: Limits): void {
  if (bodyTimeoutMs === 0) file.fail(['limits', 'body-timeout'], 'limits.body-timeout is 0: nobody can be that fast');
  if (settleMs + appearMs < deadlineMs) return;
  const hint = 'A call waits for settle, and while a tag is missing for appear, and must be answered by then.';
  file.fail(
    ['limits', 'deadline'],
    'limits.deadline is not longer than limits.settle and limits.appear together',
    hint,
  );
}

function parseRegistries(
  file: ConfigFile,
  raws: Readonly<Record<string, RawRegistry>>,
  secrets: Secrets,
): ReadonlyMap<string, RegistryLogin> {
  return new Map(
    Object.entries(raws).map(([host, raw]) => {
      const pointer = ['registries', host];
      if (host.includes('/')) file.fail(pointer, `${pointer.join('.')} is no host`, 'Write ghcr.io, without a path.');
      const env = raw['username-env'];
      const username = raw.username ?? secrets.one(pointer, 'username', { env: env ?? [] });
      const reference = { env: raw['password-env'] ?? [], file: raw['password-file'] ?? [] };
      return [host, { username, password: secrets.one(pointer, 'password', reference) }];
    }),
  );
}

function checkAdmin(file: ConfigFile, { listen, admin }: Pick<RelayConfig, 'listen' | 'admin'>): void {
  if (admin === undefined || admin.port === 0 || admin.port !== listen.port || admin.host !== listen.host) return;
  file.fail(['admin'], 'admin has the same address as listen', 'Give it another port, or leave it out.');
}

/**
 * Parses and checks a relay.yaml, and fetches the secrets that it names.
 * @param name of the file, to use in messages.
 * @param folder where relative paths in it start.
 * @throws HelmCdError `config` with the line of the first problem.
 */
export function parseRelayConfig(
  name: string,
  text: string,
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): RelayConfig {
  const file: ConfigFile = new ConfigFile(name, text);
  const raw = checkedContent(file, schemaValidator()) as RawRelay;
  const secrets = new Secrets(file, folder, environment);
  const limits = parseLimits(raw.limits ?? {});
  checkLimits(file, limits);
  const apiUrl = parseApiUrl(file, raw.github['api-url'] ?? DEFAULT_API);
  const identity = parseIdentity(file, raw.github, secrets);
  const registries = parseRegistries(file, raw.registries ?? {}, secrets);
  const sources = parseSources(file, raw.sources, secrets);
  const routes = parseRoutes(file, raw.routes, sources);
  const listen = { ...DEFAULT_LISTEN, ...raw.listen };
  const admin = raw.admin === undefined ? {} : { admin: { ...DEFAULT_ADMIN, ...raw.admin } };
  checkAdmin(file, { listen, ...admin });
  return {
    ...{ file: name, github: { apiUrl, identity }, listen, ...admin, limits },
    ...{ registries, sources, routes, secrets: secrets.found },
  };
}

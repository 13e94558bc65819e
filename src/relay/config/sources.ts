import type { ConfigFile, Pointer } from '../../config/config-file.js';
import { HelmCdError } from '../../core/errors.js';
import { didYouMean } from '../../core/suggest.js';
import type { AuthConfig } from '../authenticity/auth-config.js';
import { checkSources } from '../check-source.js';
import type { SourceConfig } from '../provider.js';
import { PROVIDERS } from '../providers.js';
import type { RawAuth, RawSecret, RawSource } from './raw.js';
import type { Secrets } from './secrets.js';
import type { Source } from './types.js';

/** What the server answers by itself. */
export const OWN_PATHS = ['/healthz', '/readyz', '/metrics'];

const PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/;

function parseAuth(file: ConfigFile, pointer: Pointer, raw: RawAuth, provider: string, secrets: Secrets): AuthConfig {
  const kinds = Object.keys(raw) as (keyof RawAuth)[];
  const [kind, ...others] = kinds;
  const all = 'hmac, path, bearer, header, oidc or none';
  if (kind === undefined || others.length > 0) {
    const what = kind === undefined ? 'says nothing' : `has ${kinds.join(' and ')}`;
    return file.fail(pointer, `${pointer.join('.')} ${what}`, `Exactly one of ${all} tells calls from forged ones.`);
  }
  const secretsOf = (named: RawSecret = {}): readonly string[] =>
    secrets.all([...pointer, kind], 'secret', { env: named['secret-env'] ?? [], file: named['secret-file'] ?? [] });
  switch (kind) {
    case 'none':
      return { kind };
    case 'header': {
      const header = (raw.header?.name ?? PROVIDERS.get(provider)?.auth.header ?? '').toLowerCase();
      if (header === '') file.fail([...pointer, kind], `${[...pointer, kind].join('.')} needs "name"`);
      return { kind, header, secrets: secretsOf(raw.header) };
    }
    case 'oidc': {
      const { issuer = '', audience = '', email, claims, 'jwks-uri': jwksUri } = raw.oidc ?? {};
      return {
        ...{ kind, issuer, audience },
        ...(email === undefined ? {} : { email }),
        ...(claims === undefined ? {} : { claims }),
        ...(jwksUri === undefined ? {} : { jwksUri }),
      };
    }
    case 'hmac':
    case 'path':
    case 'bearer':
      return { kind, secrets: secretsOf(raw[kind]) };
  }
}

function checkPaths(file: ConfigFile, sources: readonly Source[]): void {
  for (const source of sources) {
    const { name, path } = source;
    const fail = (message: string, hint?: string) => file.fail(['sources', name, 'path'], message, hint);
    if (!PATH.test(path)) fail(`sources.${name}.path is no path: "${path}"`, 'Write it as /hub or /hooks/hub.');
    if (OWN_PATHS.includes(path)) fail(`sources.${name}.path is taken: the server itself answers at ${path}`);
    const other = sources.find((one) => one !== source && one.path === path);
    if (other !== undefined) fail(`sources ${other.name} and ${name} have the same path: ${path}`);
    const above = sources.find((one) => one.auth.kind === 'path' && path.slice(0, path.lastIndexOf('/')) === one.path);
    if (above !== undefined) fail(`sources.${name}.path is where the source ${above.name} has its secret: ${path}`);
  }
}

const placeOf = ({ name }: SourceConfig) => `sources.${name}`;

/** What the providers have against the sources, at its place in the file. */
function checkByProviders(file: ConfigFile, sources: readonly Source[]): void {
  try {
    checkSources(sources, placeOf);
  } catch (error) {
    if (!(error instanceof HelmCdError) || error.code !== 'config') throw error;
    const named = sources.find((source) => error.message.startsWith(`${placeOf(source)}:`));
    file.fail(named === undefined ? ['sources'] : ['sources', named.name], error.message, error.hint);
  }
}

/** @throws HelmCdError `config` at the place of what is wrong. */
export function parseSources(
  file: ConfigFile,
  raws: Readonly<Record<string, RawSource>>,
  secrets: Secrets,
): readonly Source[] {
  const sources = Object.entries(raws).map(([name, raw]): Source => {
    const pointer = ['sources', name];
    if (!PROVIDERS.has(raw.provider)) {
      const known = [...PROVIDERS.keys()];
      file.fail(
        [...pointer, 'provider'],
        `sources.${name}.provider is unknown: "${raw.provider}"${didYouMean(raw.provider, known)}`,
        `Providers: ${known.join(', ')}.`,
      );
    }
    return {
      name,
      provider: raw.provider,
      path: raw.path ?? `/${name}`,
      ...(raw.registry === undefined ? {} : { registry: raw.registry }),
      auth: parseAuth(file, [...pointer, 'auth'], raw.auth, raw.provider, secrets),
    };
  });
  checkPaths(file, sources);
  checkByProviders(file, sources);
  return sources;
}

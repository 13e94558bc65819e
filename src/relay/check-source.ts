import { HelmCdError } from '../core/errors.js';
import type { AuthConfig, AuthOffer } from './authenticity/auth-config.js';
import { keysAddress, type OidcConfig } from './authenticity/oidc.js';
import type { SourceConfig } from './provider.js';
import { isRegistryPrefix } from './providers/registry-host.js';
import { providerNamed } from './providers.js';

/** As many characters as can be drawn at random and not be guessed. */
const SHORTEST_SECRET = 16;
/** Characters that are the same in every spelling of an address. */
const PATH_SECRET = /^[A-Za-z0-9_-]+$/;
const HEADER_NAME = /^[A-Za-z0-9-]+$/;

const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';
/** Claims of GitHub's tokens by which not everybody on GitHub can have one. */
const GITHUB_CLAIMS = [
  'sub',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'enterprise',
  'enterprise_id',
  'job_workflow_ref',
];

function secretsOf(auth: AuthConfig): readonly string[] {
  return 'secrets' in auth ? auth.secrets : [];
}

function fail(message: string, hint: string): never {
  throw new HelmCdError('config', message, { hint });
}

function checkSecrets(auth: AuthConfig, at: string): void {
  if (!('secrets' in auth)) return;
  if (auth.secrets.length === 0) fail(`${at}: ${auth.kind} needs a secret.`, 'Make one with: openssl rand -hex 32');
  for (const secret of auth.secrets) {
    if (secret.length < SHORTEST_SECRET) {
      fail(`${at}: a secret has fewer than ${SHORTEST_SECRET} characters.`, 'Make one with: openssl rand -hex 32');
    }
    if (auth.kind === 'path' && !PATH_SECRET.test(secret)) {
      fail(
        `${at}: a secret for the path has characters other than letters, digits, - and _.`,
        'Make one with: openssl rand -hex 32',
      );
    }
    if (/[\r\n]|^\s|\s$/.test(secret)) {
      fail(
        `${at}: a secret begins or ends with white space, or has several lines.`,
        'Is there a line end in its file?',
      );
    }
  }
}

function checkOidc(auth: OidcConfig, at: string): void {
  const claims = Object.keys(auth.claims ?? {});
  if (!/^https:\/\/\S+$/.test(auth.issuer))
    fail(`${at}: the issuer is no https address.`, 'Such as https://accounts.google.com.');
  if (auth.audience === '')
    fail(`${at}: oidc needs an audience.`, 'It is the one that the sender asks its tokens for.');
  const keys = keysAddress(auth);
  if (keys === undefined) fail(`${at}: the keys of ${auth.issuer} are at no known address.`, 'Configure jwks-uri.');
  if (!/^https:\/\//.test(keys) && !/^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])[:/]/.test(keys)) {
    fail(`${at}: jwks-uri is no https address.`, 'Whoever can change the keys on their way can forge tokens.');
  }
  if (auth.issuer === GITHUB_ISSUER && !claims.some((claim) => GITHUB_CLAIMS.includes(claim))) {
    fail(
      `${at}: every workflow on GitHub can get such a token.`,
      'Configure claims, such as repository: acme/api or repository_owner: acme.',
    );
  }
  if (auth.email === undefined && claims.length === 0) {
    fail(`${at}: whoever is known to ${auth.issuer} can get such a token.`, 'Configure email or claims.');
  }
}

/** What the provider can do, as a sentence. */
function offerText(provider: string, { kinds }: AuthOffer): string {
  return `${provider} can do ${kinds.join(', ')}.`;
}

function checkSource(source: SourceConfig, at: string): void {
  const provider = providerNamed(source.provider, at);
  const { auth, registry } = source;
  if (provider.needsRegistry === true && registry === undefined) {
    fail(
      `${at}: ${provider.name} does not tell which registry it is.`,
      'Configure registry, such as docker.example.com.',
    );
  }
  if (registry !== undefined && !isRegistryPrefix(registry)) {
    fail(`${at}: registry is no host of a registry.`, 'Such as registry.example.com or acme.jfrog.io/docker-local.');
  }
  if (auth.kind !== 'none' && !provider.auth.kinds.includes(auth.kind)) {
    fail(`${at}: ${provider.name} cannot do ${auth.kind}.`, offerText(provider.name, provider.auth));
  }
  if (auth.kind === 'header' && !HEADER_NAME.test(auth.header)) {
    fail(`${at}: there is no header of that name.`, 'Such as Authorization.');
  }
  checkSecrets(auth, at);
  if (auth.kind === 'oidc') checkOidc(auth, at);
}

/**
 * Checks what the configuration says of the sources: that each provider can do what is asked of it, that secrets are long
 * enough, and that no two sources share one (what is sent to one could be sent again to the other).
 * @param place names a source in messages: `relay.yaml: sources.hub`.
 * @throws HelmCdError `config` that says what the provider can do. Secrets are in no message.
 */
export function checkSources(sources: readonly SourceConfig[], place: (source: SourceConfig) => string): void {
  const owners = new Map<string, SourceConfig>();
  for (const source of sources) {
    checkSource(source, place(source));
    for (const secret of secretsOf(source.auth)) {
      const owner = owners.get(secret);
      if (owner !== undefined && owner !== source) {
        fail(`${place(source)}: it has a secret of ${place(owner)}.`, 'Give every source a secret of its own.');
      }
      owners.set(secret, source);
    }
  }
}

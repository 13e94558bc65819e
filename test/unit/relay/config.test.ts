import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { describeConfig } from '../../../src/relay/command.js';
import { loadRelayConfig } from '../../../src/relay/config/load.js';
import { parseRelayConfig } from '../../../src/relay/config/parse.js';
import { RELAY_SCHEMA } from '../../../src/relay/config/schema.js';
import type { RelayConfig } from '../../../src/relay/config/types.js';
import { formatPlace, HelmCdError } from '../../../src/core/errors.js';

const SECRETS = {
  TOKEN: 'ghs_token',
  GHCR: 'the-secret-of-ghcr-1',
  GHCR_NEXT: 'the-secret-of-ghcr-2',
  HUB: 'the-secret-of-the-hub',
  EMPTY: ' ',
};

const GOOD = `github: { token-env: TOKEN }
sources:
  ghcr:
    provider: ghcr
    auth: { hmac: { secret-env: [GHCR, GHCR_NEXT] } }
  hub:
    provider: dockerhub
    path: /hooks/hub
    auth: { path: { secret-env: HUB } }
routes:
  - images: ['ghcr.io/acme/*', nginx]
    tags: ['>=1.0.0', 'main-*']
    repository: acme/charts
  - images: [ghcr.io/acme/api]
    sources: [ghcr]
    repository: acme/other
    event: something-else
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-relay-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const parse = (text: string): RelayConfig => parseRelayConfig('relay.yaml', text, folder, SECRETS);

/** `relay.yaml:3:5: message`, and the hint. */
function problem(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof HelmCdError) || error.place === undefined) throw error;
    return `${formatPlace(error.place)}: ${error.code}: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`;
  }
  return 'no problem';
}

describe('relay.yaml', () => {
  it('is a valid schema', () => {
    expect(() => new Ajv({ strict: true, allowUnionTypes: true }).compile(RELAY_SCHEMA)).not.toThrow();
  });

  it('has defaults for all that is not said', () => {
    const config = parse(GOOD);
    expect(config).toMatchObject({
      github: { apiUrl: 'https://api.github.com', identity: { kind: 'token', token: SECRETS.TOKEN } },
      listen: { host: '127.0.0.1', port: 8080 },
      limits: {
        ...{ concurrency: 100, bodyTimeoutMs: 10_000, deadlineMs: 25_000 },
        ...{ settleMs: 0, appearMs: 10_000, rememberMs: 3_600_000 },
      },
      sources: [
        { name: 'ghcr', path: '/ghcr', auth: { kind: 'hmac', secrets: [SECRETS.GHCR, SECRETS.GHCR_NEXT] } },
        { name: 'hub', path: '/hooks/hub', auth: { kind: 'path', secrets: [SECRETS.HUB] } },
      ],
      routes: [
        { owner: 'acme', repository: 'charts', event: 'image-pushed' },
        { owner: 'acme', repository: 'other', event: 'something-else' },
      ],
    });
    expect(config.admin).toBeUndefined();
    expect([...config.secrets].sort()).toEqual([SECRETS.TOKEN, SECRETS.GHCR, SECRETS.GHCR_NEXT, SECRETS.HUB].sort());
  });

  it('routes images by their canonical names, and tags by any of its policies', () => {
    const [first] = parse(GOOD).routes;
    const images = ['ghcr.io/acme/api', 'docker.io/library/nginx', 'ghcr.io/acme/sub/api', 'quay.io/acme/api'];
    expect(images.map((name) => first?.matchesImage(name))).toEqual([true, true, false, false]);
    const tags = ['1.2.3', 'v2.0.0', 'main-7', 'latest', '0.9.0'];
    expect(tags.map((tag) => first?.matchesTag(tag))).toEqual([true, true, true, false, false]);
  });

  it('takes secrets out of files beside it', () => {
    writeFileSync(path.join(folder, 'secret'), `${SECRETS.GHCR}\n`);
    writeFileSync(
      path.join(folder, 'relay.yaml'),
      GOOD.replace('secret-env: [GHCR, GHCR_NEXT]', 'secret-file: secret'),
    );
    const config = loadRelayConfig(path.join(folder, 'relay.yaml'), SECRETS);
    expect(config.sources[0]?.auth).toEqual({ kind: 'hmac', secrets: [SECRETS.GHCR] });
  });

  it('is told to people without its secrets', () => {
    const text = describeConfig(parse(GOOD)).join('\n');
    expect(text).toContain('source hub: dockerhub calls POST /hooks/hub/<secret>, authenticated by path');
    expect(text).toContain('route: ghcr.io/acme/api with tags * from ghcr → acme/other "something-else"');
    for (const secret of Object.values(SECRETS).filter((value) => value.trim() !== '')) {
      expect(text).not.toContain(secret);
    }
  });

  const wrong: readonly (readonly [string, string, string, RegExp])[] = [
    [
      'an unknown key',
      'routes:',
      'rotues:\nroutes:',
      /^relay.yaml:10:1: config: .*unknown key "rotues", did you mean "routes"\?/,
    ],
    [
      'an unknown key in a route',
      '    sources: [ghcr]',
      '    source: [ghcr]',
      /^relay.yaml:15:5: .*unknown key "source" in routes.1, did you mean "sources"/,
    ],
    [
      'an unknown provider',
      'provider: ghcr',
      'provider: gchr',
      /^relay.yaml:4:5: .*"gchr", did you mean "ghcr"\? \(Providers: acr/,
    ],
    [
      'an unknown source',
      'sources: [ghcr]',
      'sources: [ghrc]',
      /^relay.yaml:15:15: .*unknown source "ghrc", did you mean "ghcr"/,
    ],
    ['no auth', '    auth: { path: { secret-env: HUB } }\n', '', /^relay.yaml:6:3: .*sources.hub needs "auth"/],
    [
      'empty auth',
      '{ path: { secret-env: HUB } }',
      '{}',
      /^relay.yaml:9:5: .*sources.hub.auth says nothing \(Exactly one of hmac/,
    ],
    [
      'two kinds of auth',
      '{ path: { secret-env: HUB } }',
      '{ path: { secret-env: HUB }, none: true }',
      /^relay.yaml:9:5: .*has path and none/,
    ],
    [
      'a kind that the provider cannot do',
      '{ path: { secret-env: HUB } }',
      '{ hmac: { secret-env: HUB } }',
      /^relay.yaml:6:3: .*dockerhub cannot do hmac/,
    ],
    [
      'a secret in the file',
      'secret-env: HUB',
      'secret: abc',
      /^relay.yaml:9:21: .*unknown key "secret" in sources.hub.auth.path/,
    ],
    [
      'a secret that is nowhere',
      '{ path: { secret-env: HUB } }',
      '{ path: {} }',
      /^relay.yaml:9:13: .*needs "secret-env" or "secret-file" \(Secrets are not written/,
    ],
    [
      'a variable that is not set',
      'secret-env: HUB',
      'secret-env: HUB_SECRET',
      /^relay.yaml:9:21: .*the environment variable HUB_SECRET is not set, or empty$/,
    ],
    ['an empty variable', 'secret-env: HUB', 'secret-env: EMPTY', /^relay.yaml:9:21: .*EMPTY is not set, or empty$/],
    ['a missing file', 'secret-env: HUB', 'secret-file: none', /^relay.yaml:9:21: .*cannot be read: ENOENT/],
    ['one secret twice', 'secret-env: HUB', 'secret-env: GHCR', /^relay.yaml:6:3: .*it has a secret of sources.ghcr/],
    ['no token', '{ token-env: TOKEN }', '{}', /^relay.yaml:1:1: .*github needs "token-env" or "token-file"/],
    [
      'a token and an app',
      'token-env: TOKEN',
      'token-env: TOKEN, app: { id: 1, private-key-env: HUB }',
      /^relay.yaml:1:1: .*the private key is no PEM|both a token and an app/,
    ],
    [
      'an API that is not https',
      'token-env: TOKEN',
      'token-env: TOKEN, api-url: http://github.example.com',
      /^relay.yaml:1:29: .*is no https:\/\/ address/,
    ],
    ['a path that is none', '/hooks/hub', 'hooks', /^relay.yaml:8:5: .*sources.hub.path is no path: "hooks"/],
    ['a path of the server itself', '/hooks/hub', '/metrics', /^relay.yaml:8:5: .*is taken/],
    ['one path twice', '/hooks/hub', '/ghcr', /^relay.yaml:(?:3:3|8:5): .*the same path: \/ghcr/],
    [
      'a route without a registry',
      "'ghcr.io/acme/*'",
      "'*/acme/api'",
      /^relay.yaml:11:14: .*names no registry: "\*\/acme\/api"/,
    ],
    ['a route with a tag', 'nginx]', 'nginx:1.25]', /^relay.yaml:11:32: .*is no image's name/],
    ['a broken pattern for tags', "'main-*'", "'/(/'", /^relay.yaml:12:23: .*broken regular expression: \/\(\//],
    ['an event that is none', 'something-else', 'some thing', /^relay.yaml:17:5: .*is no event type/],
    [
      'a repository without its owner',
      'acme/other',
      'other',
      /^relay.yaml:16:5: .*routes.1.repository must match pattern/,
    ],
    [
      'a deadline that is too short',
      'routes:',
      'limits: { deadline: 5s }\nroutes:',
      /^relay.yaml:10:11: .*not longer than/,
    ],
    ['two servers at one address', 'routes:', 'admin: { port: 8080 }\nroutes:', /^relay.yaml:10:1: .*same address/],
    [
      'a registry with a path',
      'routes:',
      'registries: { ghcr.io/acme: { username: a, password-env: HUB } }\nroutes:',
      /^relay.yaml:10:15: .*is no host/,
    ],
  ];
  it.each(wrong)('%s is told with its line', (_, before, after, expected) => {
    expect(GOOD).toContain(before);
    expect(problem(GOOD.replace(before, after))).toMatch(expected);
  });
});

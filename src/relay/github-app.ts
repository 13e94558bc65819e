import { createSign } from 'node:crypto';
import { HelmCdError } from '../core/errors.js';
import type { Clock, GitHubClient, Masks } from '../core/ports.js';
import { githubFailure } from '../github/github-failure.js';
import { patiently } from '../github/patience.js';
import type { GitHubIdentity } from './config/types.js';

type App = Extract<GitHubIdentity, { readonly kind: 'app' }>;

/** GitHub's clock may be behind ours; the token may live ten minutes at most. */
const EARLIER_SECONDS = 60;
const LIFE_SECONDS = 540;
/** A token that ends sooner than this is not used any more. */
const SPARE_MS = 300_000;

interface InstallationToken {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The JSON Web Token by which an App proves itself (RS256), GitHub: "Generating a JSON Web Token for a GitHub App". */
export function appToken({ id, privateKey }: App, now: number): string {
  const seconds = Math.floor(now / 1000);
  const claims = { iss: id, iat: seconds - EARLIER_SECONDS, exp: seconds + LIFE_SECONDS };
  const signed = `${base64url({ alg: 'RS256', typ: 'JWT' })}.${base64url(claims)}`;
  try {
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`;
  } catch (cause) {
    throw new HelmCdError('config', 'github.app: the private key signs nothing.', {
      hint: 'Download a new one in the App’s settings.',
      cause,
    });
  }
}

export interface AppServices {
  readonly clock: Clock;
  readonly masks: Masks;
  /** Without a token: every request brings its own. */
  readonly client: GitHubClient;
}

/** Tokens of an App's installations, each kept for as long as it lasts. */
export class AppTokens {
  readonly #app: App;
  readonly #tokens = new Map<string, InstallationToken>();

  constructor(app: App) {
    this.#app = app;
  }

  /**
   * A token for a repository.
   * @throws HelmCdError `unauthorized`, `not-found`, `unreachable`.
   */
  async tokenFor(owner: string, name: string, services: AppServices): Promise<string> {
    const key = this.#app.installation === undefined ? `${owner}/${name}` : '';
    const kept = this.#tokens.get(key);
    if (kept !== undefined && kept.expires - services.clock.now() > SPARE_MS) return kept.token;
    const id = this.#app.installation ?? (await this.#installationOf(owner, name, services));
    const route = 'POST /app/installations/{installation_id}/access_tokens';
    const body = { installation_id: id, permissions: { contents: 'write' } };
    const doing = `The GitHub App ${this.#app.id} gets no token for its installation ${id}`;
    const data = await this.#ask(route, body, doing, services);
    const { token, expires_at: expires } = data as { token?: unknown; expires_at?: unknown };
    if (typeof token !== 'string') throw new HelmCdError('unreachable', `${doing}: the answer has none.`);
    services.masks.add(token);
    this.#tokens.set(key, { token, expires: Date.parse(String(expires)) || services.clock.now() + SPARE_MS });
    return token;
  }

  /** A token was refused: the next one is a new one. */
  forget(): void {
    this.#tokens.clear();
  }

  async #installationOf(owner: string, repo: string, services: AppServices): Promise<number> {
    const doing = `The GitHub App ${this.#app.id} is not installed for ${owner}/${repo}`;
    const data = await this.#ask('GET /repos/{owner}/{repo}/installation', { owner, repo }, doing, services);
    const { id } = data as { id?: unknown };
    if (typeof id === 'number') return id;
    throw new HelmCdError('unreachable', `${doing}: the answer has no id.`);
  }

  async #ask(
    route: string,
    parameters: Readonly<Record<string, unknown>>,
    doing: string,
    { client, clock }: AppServices,
  ): Promise<unknown> {
    const headers = { 'user-agent': 'helm-cd', authorization: `Bearer ${appToken(this.#app, clock.now())}` };
    const response = await patiently({ clock, repeatable: true }, () =>
      client.request(route, { ...parameters, headers }),
    );
    const failure = githubFailure(response, doing, clock.now());
    if (failure === undefined) return response.data;
    if (failure.code !== 'unauthorized') throw failure;
    throw new HelmCdError('unauthorized', failure.message, {
      hint: 'Check the App’s id and private key, and that it has the permission contents: write.',
    });
  }
}

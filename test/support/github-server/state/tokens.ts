import { createHash } from 'node:crypto';
import { ApiFailure, notFound } from '../errors.js';
import { timestamp, type Person } from '../git/objects.js';

export type Permission =
  'actions' | 'contents' | 'deployments' | 'issues' | 'metadata' | 'pages' | 'pull_requests' | 'workflows';
export type Access = 'read' | 'write';

export interface TokenOptions {
  readonly token: string;
  /** `app`: an installation token (default). `workflow`: a workflow's own GITHUB_TOKEN. The others belong to a person. */
  readonly kind?: 'app' | 'workflow' | 'fine-grained' | 'classic';
  readonly login?: string;
  /** Default: `write` for everything. `metadata: read` is always there. */
  readonly permissions?: Readonly<Partial<Record<Permission, Access>>>;
  /** `owner/name` of the repositories it reaches; default all. */
  readonly repositories?: readonly string[];
}

export interface Actor {
  readonly login: string;
  readonly id: number;
  readonly type: 'Bot' | 'User';
}

/** The same person has the same id in every run. */
export function actorOf(login: string): Actor {
  const id = createHash('sha256').update(login).digest().readUInt32BE(0) >>> 4;
  return { login, id, type: login.endsWith('[bot]') ? 'Bot' : 'User' };
}

/** Who GitHub puts into a commit for an account. */
export function personOf(actor: Actor): Person {
  return {
    name: actor.login,
    email: `${actor.id}+${actor.login}@users.noreply.github.com`,
    date: timestamp(),
  };
}

/** Who commits what is made through the API. */
export const webFlow = (): Person => ({ name: 'GitHub', email: 'noreply@github.com', date: timestamp() });

const DEFAULT_LOGIN = {
  app: 'helm-cd-test[bot]',
  workflow: 'github-actions[bot]',
  'fine-grained': 'robin',
  classic: 'robin',
};

export interface Reachable {
  readonly fullName: string;
  readonly private: boolean;
}

/** A token and what it may do. Without a token, `anonymous`, only public repositories can be read. */
export class Token {
  readonly kind: NonNullable<TokenOptions['kind']> | 'anonymous';
  readonly actor: Actor;
  readonly secret: string;
  expired = false;
  readonly #permissions: TokenOptions['permissions'];
  readonly #repositories: ReadonlySet<string> | undefined;

  constructor(options: TokenOptions | 'anonymous') {
    const anonymous = options === 'anonymous';
    this.kind = anonymous ? 'anonymous' : (options.kind ?? 'app');
    this.secret = anonymous ? '' : options.token;
    this.actor = actorOf(anonymous ? 'ghost' : (options.login ?? DEFAULT_LOGIN[options.kind ?? 'app']));
    this.#permissions = anonymous ? {} : options.permissions;
    this.#repositories = anonymous
      ? new Set()
      : options.repositories && new Set(options.repositories.map((name) => name.toLowerCase()));
  }

  #has(permission: Permission, access: Access): boolean {
    if (this.#permissions === undefined) return true;
    const granted = this.#permissions[permission] ?? (permission === 'metadata' ? 'read' : undefined);
    return granted === 'write' || granted === access;
  }

  #reaches(repository: Reachable): boolean {
    return this.#repositories?.has(repository.fullName.toLowerCase()) ?? true;
  }

  canSee(repository: Reachable): boolean {
    return !repository.private || this.#reaches(repository);
  }

  can(repository: Reachable, permission: Permission, access: Access): boolean {
    if (access === 'read' && !repository.private) return true;
    return this.#reaches(repository) && this.#has(permission, access);
  }

  /**
   * @throws ApiFailure as GitHub refuses: a private repository that the token does not reach is "Not Found", a missing
   *   permission is "Resource not accessible", except for a classic token, which is told "Not Found" there too
   */
  require(repository: Reachable, permission: Permission, access: Access): void {
    if (this.can(repository, permission, access)) return;
    if (!this.canSee(repository) || this.kind === 'classic') throw notFound();
    if (this.kind === 'anonymous') throw new ApiFailure(401, 'Requires authentication');
    const by = this.kind === 'fine-grained' ? 'personal access token' : 'integration';
    throw new ApiFailure(403, `Resource not accessible by ${by}`, {
      headers: { 'x-accepted-github-permissions': `${permission}=${access}` },
    });
  }
}

/** The tokens a server knows. */
export class Tokens {
  readonly #tokens: Map<string, Token>;
  readonly #anonymous = new Token('anonymous');

  constructor(tokens: readonly TokenOptions[]) {
    this.#tokens = new Map(tokens.map((options) => [options.token, new Token(options)]));
  }

  add(options: TokenOptions): void {
    this.#tokens.set(options.token, new Token(options));
  }

  /** From now on the token is refused with "Bad credentials". */
  expire(token: string): void {
    const found = this.#tokens.get(token);
    if (found === undefined) throw new Error('The server has no such token.');
    found.expired = true;
  }

  /** @param header the Authorization header: `Bearer T`, `token T`, or Basic with T as password; @throws ApiFailure 401 */
  authenticate(header: string | undefined): Token {
    if (header === undefined) return this.#anonymous;
    const token = this.#tokens.get(secretOf(header));
    if (token === undefined || token.expired) throw new ApiFailure(401, 'Bad credentials');
    return token;
  }
}

function secretOf(header: string): string {
  const [, scheme = '', value = ''] = /^(\S+) +(.*)$/.exec(header) ?? [];
  if (scheme.toLowerCase() !== 'basic') return value;
  const pair = Buffer.from(value, 'base64').toString();
  return pair.slice(pair.indexOf(':') + 1);
}

import { HelmCdError } from '../core/errors.js';

/** An answer of a registry, read to its end. */
export interface RegistryAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Where it came from, after redirects. */
  readonly url: string;
  readonly bytes: Uint8Array;
}

/** What was asked, as far as it matters for the reason of a refusal. */
export interface Asked {
  readonly host: string;
  readonly repository: string;
  /** `The manifest 1.0.0`, at the start of a sentence. */
  readonly what: string;
  /** Whether we have shown a login. */
  readonly hasLogin: boolean;
  readonly pushing: boolean;
}

/** The codes and messages of the errors in an answer (OCI distribution specification, "Error Codes"), or its text. */
export function saidBy({ bytes }: RegistryAnswer): string {
  const text = Buffer.from(bytes).toString('utf8');
  try {
    const { errors } = JSON.parse(text) as { errors?: unknown };
    const list = (Array.isArray(errors) ? errors : []) as readonly ({ code?: unknown; message?: unknown } | null)[];
    const texts = list.map((error) =>
      [error?.code, error?.message].filter((part): part is string => typeof part === 'string' && part !== '').join(' '),
    );
    return texts.join('; ').slice(0, 500);
  } catch {
    return text.slice(0, 200).trim();
  }
}

/** The registry's name for the repository that must be created before anything is pushed to it. */
function creation(host: string, repository: string): string {
  if (/\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com/.test(host)) {
    return `Amazon ECR creates no repository by itself: aws ecr create-repository --repository-name ${repository}`;
  }
  if (/-docker\.pkg\.dev$/.test(host)) {
    const name = repository.split('/')[1] ?? repository;
    return `Artifact Registry creates no repository by itself: gcloud artifacts repositories create ${name} --repository-format=docker`;
  }
  return 'Some registries want the repository, or the project it is in, to be created before anything is pushed to it.';
}

/** How versions are deleted where the registry's own interface does not do it. */
export function deletionHint(host: string): string {
  if (host === 'ghcr.io') {
    return 'GitHub deletes versions of packages by its own API only: use actions/delete-package-versions.';
  }
  return 'Deleting may be switched off (distribution: storage.delete.enabled), or be a matter of the registry’s own rules for retention.';
}

function loginHint(host: string): string {
  if (host === 'ghcr.io') {
    return 'Give the inputs "username" (github.actor) and "password" (a token with packages: write), or log in with docker login or helm registry login.';
  }
  return 'Give the inputs "username" and "password", or log in with docker login or helm registry login.';
}

function permissionHint(host: string, pushing: boolean): string {
  const doing = pushing ? 'push' : 'pull';
  if (host === 'ghcr.io') {
    return `The login is known but may not ${doing} there: the job needs "permissions: packages: ${pushing ? 'write' : 'read'}", and a package that exists must give the repository of the workflow access ("Manage Actions access" in its settings).`;
  }
  return `The login is known but may not ${doing} there. Give it the right to, or check the path. Some registries say the same of a repository that does not exist.`;
}

const EXPIRY = 'Tokens expire: those of Amazon ECR after 12 hours, a GITHUB_TOKEN with its job.';

/** Why a login was refused: nobody logged in, the login is wrong, or it may not do that. */
export function loginFailure(
  message: string,
  reason: 'none' | 'wrong' | 'permission',
  { host, pushing }: Pick<Asked, 'host' | 'pushing'>,
): HelmCdError {
  const hints = {
    none: loginHint(host),
    wrong: `Check the user and the password. ${EXPIRY}`,
    permission: permissionHint(host, pushing),
  };
  return new HelmCdError('unauthorized', message, { hint: hints[reason] });
}

/** Whether a registry that answers 401 has accepted the login, but not for this: RFC 6750 §3.1. */
function lacksScope(answer: RegistryAnswer): boolean {
  return /insufficient_scope/.test(answer.headers.get('www-authenticate') ?? '');
}

/** The error for an answer that is none of those that were hoped for. */
export function registryFailure(answer: RegistryAnswer, asked: Asked): HelmCdError {
  const { status } = answer;
  const { host, repository, what, hasLogin, pushing } = asked;
  const said = saidBy(answer);
  const message = `${host}/${repository}: ${what} was refused: ${said === '' ? '' : `${said} `}(HTTP ${status}).`;
  if (status === 401 || status === 403) {
    const permission = hasLogin && (status === 403 || lacksScope(answer));
    return loginFailure(message, permission ? 'permission' : hasLogin ? 'wrong' : 'none', asked);
  }
  if (status === 404) {
    const hint = pushing ? creation(host, repository) : undefined;
    return new HelmCdError('not-found', message, hint === undefined ? {} : { hint });
  }
  if (status === 413) {
    return new HelmCdError('refused', message, {
      hint: 'The registry, or a proxy before it, takes no body that large.',
    });
  }
  if (status === 429) {
    return new HelmCdError('unreachable', message, { hint: 'The registry limits requests. Run the job again later.' });
  }
  return new HelmCdError(status >= 500 ? 'unreachable' : 'refused', message);
}

/**
 * Whether a registry refuses to change a tag that is there. None of them says it alike: Amazon ECR `TAG_INVALID` and
 * "immutable", Harbor a failed precondition (412), Azure "disallowed" (405), others TAG_EXISTS.
 */
export function saysImmutable(answer: RegistryAnswer): boolean {
  const { status } = answer;
  if (status < 400 || status >= 500 || status === 401 || status === 429) return false;
  return /immutab|TAG_INVALID|already exists|TAG_EXISTS|cannot be overwritten|operation is disallowed/i.test(
    saidBy(answer),
  );
}

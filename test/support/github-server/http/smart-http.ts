import { spawn } from 'node:child_process';
import { gitEnvironment } from '../git/git.js';
import { NO_OID } from '../git/refs.js';
import { ApiFailure } from '../errors.js';
import { gitRefusal } from '../state/protection.js';
import type { Repository } from '../state/repository.js';
import type { World } from '../state/world.js';
import type { Answer, Call } from './call.js';

export interface GitRoute {
  readonly owner: string;
  readonly name: string;
  /** `info/refs`, `git-upload-pack` or `git-receive-pack`. */
  readonly service: string;
  /** Does it write? */
  readonly push: boolean;
}

/** `/owner/name.git/…` and `/owner/name/…`, as GitHub takes both. */
export function matchGit(pathname: string, query: URLSearchParams): GitRoute | undefined {
  const found = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(pathname);
  const [, owner, name, service] = found ?? [];
  if (owner === undefined || name === undefined || service === undefined) return undefined;
  return { owner, name, service, push: [service, query.get('service')].includes('git-receive-pack') };
}

const text = (status: number, message: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'text/plain', ...headers },
  body: Buffer.from(`${message}\n`),
});

const credentialsWanted = text(401, 'No anonymous write access.', { 'www-authenticate': 'Basic realm="GitHub"' });

/** Serves git's smart HTTP protocol with git's own `http-backend`; a push counts like a change through the API. */
export async function serveGit(world: World, call: Call, route: GitRoute, content: Buffer): Promise<Answer> {
  // git takes credentials as Basic; GitHub takes nothing else from it.
  const authorization = call.headers['authorization'];
  if (authorization !== undefined && !/^basic /i.test(authorization)) return credentialsWanted;
  const repository = world.find(route.owner, route.name);
  if (repository === undefined || !call.token.canSee(repository)) {
    return call.token.kind === 'anonymous' ? credentialsWanted : text(404, 'Repository not found.');
  }
  try {
    call.token.require(repository, 'contents', route.push ? 'write' : 'read');
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    if (call.token.kind === 'anonymous') return credentialsWanted;
    return text(403, `Permission to ${repository.fullName}.git denied to ${call.token.actor.login}.`);
  }
  if (route.service !== 'git-receive-pack') return backend(repository, call, route, content);
  const answer = await backend(repository, call, route, content);
  for (const { ref, old, now } of pushCommands(content)) {
    // git's report on each ref, inside the side band it is sent in.
    if (answer.body.includes(`ok ${ref}\n`)) await repository.refMoved(ref, old, now, call.token);
  }
  return answer;
}

interface PushCommand {
  readonly ref: string;
  readonly old: string | undefined;
  readonly now: string | undefined;
}

/** What a push asks for: pkt-lines `old new ref`, the first with capabilities behind a NUL, up to a flush packet. */
function pushCommands(content: Buffer): PushCommand[] {
  const commands: PushCommand[] = [];
  const oid = (text: string): string | undefined => (text === NO_OID ? undefined : text);
  for (let at = 0; at + 4 <= content.length;) {
    const length = Number.parseInt(content.toString('latin1', at, at + 4), 16);
    if (!(length > 4)) break;
    const line = content.toString('utf8', at + 4, at + length);
    const [, old = '', now = '', ref = ''] = /^([0-9a-f]{40}) ([0-9a-f]{40}) ([^\0\n]+)/.exec(line) ?? [];
    if (ref !== '') commands.push({ ref, old: oid(old), now: oid(now) });
    at += length;
  }
  return commands;
}

/** What the update hook refuses: a line a branch, with the words a person sees. */
function refusals(repository: Repository, call: Call): string {
  return [...repository.protections.keys()]
    .flatMap((branch) => {
      // Nobody but this server makes verified commits.
      const refusal = repository.refusal(branch, call.token.actor, { verified: false });
      const words = refusal && gitRefusal(refusal.protection, branch, refusal.reasons);
      return words === undefined ? [] : [`refs/heads/${branch}|${words.replaceAll('\n', '\\n')}`];
    })
    .join('\n');
}

function backend(repository: Repository, call: Call, route: GitRoute, content: Buffer): Promise<Answer> {
  const env: Record<string, string> = {
    ...gitEnvironment(),
    GIT_PROJECT_ROOT: repository.path,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/${route.service}`,
    QUERY_STRING: new URL(call.path, call.serverUrl).search.slice(1),
    REQUEST_METHOD: call.method,
    CONTENT_TYPE: call.headers['content-type'] ?? '',
    CONTENT_LENGTH: String(content.length),
    REMOTE_USER: call.token.actor.login,
    REMOTE_ADDR: '127.0.0.1',
    GITHUB_SERVER_REFUSALS: refusals(repository, call),
  };
  const [encoding, protocol] = [call.headers['content-encoding'], call.headers['git-protocol']];
  if (encoding !== undefined) env['HTTP_CONTENT_ENCODING'] = encoding;
  if (protocol !== undefined) env['GIT_PROTOCOL'] = protocol;
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['http-backend'], { env, cwd: repository.path });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin.on('error', () => undefined);
    child.on('error', reject);
    child.on('close', () => {
      const output = Buffer.concat(out);
      const end = output.indexOf('\r\n\r\n');
      if (end < 0) {
        reject(new Error(`git http-backend answered nothing: ${Buffer.concat(err).toString()}`));
        return;
      }
      resolve(parseCgi(output.subarray(0, end).toString(), output.subarray(end + 4)));
    });
    child.stdin.end(content);
  });
}

function parseCgi(head: string, body: Buffer): Answer {
  const headers = Object.fromEntries(
    head.split('\r\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const { status = '200', ...rest } = headers;
  return { status: Number.parseInt(status, 10), headers: rest, body };
}

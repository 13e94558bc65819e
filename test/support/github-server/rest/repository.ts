import { ApiFailure, notFound } from '../errors.js';
import { gitOnce } from '../git/git.js';
import type { Commit } from '../git/objects.js';
import { branchRules } from '../state/protection.js';
import { apiPath, commitJson, repositoryJson, userJson, webPath } from './present.js';
import { page, place, type RestOperations, type RestRequest } from './rest.js';

const MAX_PAYLOAD = 65_535;

/** The commit that a name in a path means. @throws ApiFailure in GitHub's words */
async function commitOf(request: RestRequest, name: string): Promise<Commit> {
  const oid = await request.repository.refs.resolveCommit(name, request.call.view);
  const commit = oid === undefined ? undefined : await request.repository.commit(oid);
  if (commit === undefined) throw new ApiFailure(422, `No commit found for SHA: ${name}`);
  return commit;
}

const STATUS: Readonly<Record<string, string>> = { A: 'added', D: 'removed', M: 'modified', T: 'changed' };

/** What changed between two commits, a file each. */
async function filesBetween(request: RestRequest, base: string, head: string): Promise<Record<string, unknown>[]> {
  const args = ['diff', '--raw', '--numstat', '--no-renames', '--abbrev=40', '-z', base, head];
  const parts = (await gitOnce(request.repository.path, args)).split('\0');
  const files = new Map<string, Record<string, unknown>>();
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] ?? '';
    if (part.startsWith(':')) {
      const [, , , sha = '', letter = ''] = part.split(' ');
      const filename = parts[++at] ?? '';
      files.set(filename, { sha: /^0+$/.test(sha) ? null : sha, filename, status: STATUS[letter] ?? 'modified' });
    } else if (part !== '') {
      const [added = '-', deleted = '-', filename = ''] = part.split('\t');
      const [additions, deletions] = [Number(added) || 0, Number(deleted) || 0];
      files.set(filename, { ...files.get(filename), additions, deletions, changes: additions + deletions });
    }
  }
  return [...files.values()];
}

/** The head of a branch in the path, and whether it is protected in the classic way. */
async function branchJson(request: RestRequest): Promise<Record<string, unknown>> {
  const name = request.text('branch');
  const oid = await request.repository.refs.get(`refs/heads/${name}`, request.call.view);
  const commit = oid === undefined ? undefined : await request.repository.commit(oid);
  if (commit === undefined) throw new ApiFailure(404, 'Branch not found');
  const protection = request.repository.protections.get(name);
  const classic = protection?.kind === 'classic';
  const checks = classic ? (protection.checks ?? []) : [];
  const url = apiPath(place(request), `/branches/${encodeURIComponent(name)}`);
  return {
    name,
    commit: commitJson(place(request), commit),
    _links: { self: url, html: webPath(place(request), `/tree/${name}`) },
    // Of rulesets this endpoint says "protected", but not what they demand.
    protected: protection !== undefined,
    protection: {
      enabled: classic,
      required_status_checks: {
        enforcement_level: checks.length > 0 ? 'non_admins' : 'off',
        contexts: checks,
        checks: checks.map((context) => ({ context, app_id: null })),
      },
    },
    protection_url: `${url}/protection`,
  };
}

export const repositoryOperations: RestOperations = {
  'repos/get': {
    needs: ['metadata', 'read'],
    handle(request) {
      const { repository, call } = request;
      const { settings } = repository;
      const push = call.token.can(repository, 'contents', 'write');
      const body = {
        ...repositoryJson(place(request)),
        owner: userJson({ login: repository.owner, id: 1, type: 'User' }, call.serverUrl),
        description: null,
        fork: false,
        has_pages: repository.pages !== undefined,
        archived: settings.archived,
        disabled: false,
        visibility: settings.private ? 'private' : 'public',
        clone_url: `${call.serverUrl}/${repository.fullName}.git`,
        permissions: { admin: false, maintain: false, push, triage: push, pull: true },
        // GitHub tells these only those who may push.
        ...(push
          ? {
              allow_auto_merge: settings.allowAutoMerge,
              allow_merge_commit: settings.allowMergeCommit,
              allow_rebase_merge: settings.allowRebaseMerge,
              allow_squash_merge: settings.allowSquashMerge,
              delete_branch_on_merge: settings.deleteBranchOnMerge,
            }
          : {}),
      };
      return { status: 200, body };
    },
  },
  'repos/get-branch': {
    needs: ['contents', 'read'],
    handle: async (request) => ({ status: 200, body: await branchJson(request) }),
  },
  'repos/get-branch-rules': {
    needs: ['metadata', 'read'],
    handle(request) {
      const protection = request.repository.protections.get(request.text('branch'));
      return page(request, branchRules(protection, request.repository.fullName));
    },
  },
  'repos/get-commit': {
    needs: ['contents', 'read'],
    async handle(request) {
      const commit = await commitOf(request, request.text('ref'));
      const [parent] = commit.parents;
      const files = parent === undefined ? [] : await filesBetween(request, parent, commit.oid);
      return { status: 200, body: { ...commitJson(place(request), commit), files } };
    },
  },
  'repos/compare-commits-with-basehead': {
    needs: ['contents', 'read'],
    async handle(request) {
      const [baseName, headName, ...rest] = request.text('basehead').split('...');
      if (baseName === undefined || headName === undefined || rest.length > 0) throw notFound();
      const { refs } = request.repository;
      const ends = await Promise.all([commitOf(request, baseName), commitOf(request, headName)]).catch(() => undefined);
      if (ends === undefined) throw notFound();
      const [base, head] = ends;
      const mergeBase = await refs.mergeBase(base.oid, head.oid);
      if (mergeBase === undefined) throw new ApiFailure(404, `No common ancestor between ${baseName} and ${headName}.`);
      const ahead = await refs.commitsBetween(base.oid, head.oid);
      const behind = await refs.commitsBetween(head.oid, base.oid);
      const status =
        ahead.length > 0 ? (behind.length > 0 ? 'diverged' : 'ahead') : behind.length > 0 ? 'behind' : 'identical';
      const commits = await Promise.all(ahead.map((oid) => commitOf(request, oid)));
      const at = place(request);
      const body = {
        url: apiPath(at, `/compare/${base.oid}...${head.oid}`),
        html_url: webPath(at, `/compare/${base.oid}...${head.oid}`),
        status,
        ahead_by: ahead.length,
        behind_by: behind.length,
        total_commits: ahead.length,
        base_commit: commitJson(at, base),
        merge_base_commit: commitJson(at, await commitOf(request, mergeBase)),
        commits: commits.map((commit) => commitJson(at, commit)),
        files: await filesBetween(request, mergeBase, head.oid),
      };
      return { status: 200, body };
    },
  },
  'repos/create-dispatch-event': {
    needs: ['contents', 'write'],
    handle(request) {
      const body = request.body as { event_type: string; client_payload?: Record<string, unknown> };
      const clientPayload = body.client_payload ?? {};
      if (Buffer.byteLength(JSON.stringify(clientPayload)) > MAX_PAYLOAD) {
        throw new ApiFailure(422, 'client_payload is too large.');
      }
      request.world.dispatched({
        repository: request.repository.fullName,
        eventType: body.event_type,
        clientPayload,
        actor: request.call.token.actor.login,
      });
      return { status: 204 };
    },
  },
};

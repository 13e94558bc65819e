import { ApiFailure, notFound } from '../errors.js';
import { isOid } from '../git/objects.js';
import { isRefName, RefConflict } from '../git/refs.js';
import { restRefusal } from '../state/protection.js';
import type { Repository } from '../state/repository.js';
import { refJson } from './present.js';
import { place, type RestOperations, type RestRequest, type RestResult } from './rest.js';

async function answer(request: RestRequest, status: number, ref: string, oid: string): Promise<RestResult> {
  const type = (await request.repository.objects.read(oid))?.type ?? 'commit';
  return { status, body: refJson(place(request), ref, oid, type) };
}

/** @throws ApiFailure 422 for an oid that the repository has not (yet) */
async function requireObject(repository: Repository, oid: string): Promise<void> {
  if (!isOid(oid)) throw new ApiFailure(422, `${JSON.stringify(oid)} is not a valid SHA`);
  if ((await repository.objects.read(oid)) === undefined) throw new ApiFailure(422, 'Object does not exist');
}

/** @throws ApiFailure 422 where protection forbids it */
async function requireAllowed(request: RestRequest, ref: string, oid: string | undefined): Promise<void> {
  if (!ref.startsWith('refs/heads/')) return;
  const commit = oid === undefined ? undefined : await request.repository.commit(oid);
  const branch = ref.slice('refs/heads/'.length);
  const refusal = request.repository.refusal(branch, request.call.token.actor, {
    verified: commit?.verification.verified === true,
  });
  if (refusal !== undefined) throw new ApiFailure(422, restRefusal(refusal.protection, refusal.reasons));
}

async function moved(
  request: RestRequest,
  ref: string,
  oid: string | undefined,
  old: string | undefined,
): Promise<void> {
  try {
    await request.repository.moveRef(ref, oid, old, request.call.token);
  } catch (error) {
    if (!(error instanceof RefConflict)) throw error;
    if (old === undefined) throw new ApiFailure(422, 'Reference already exists');
    throw new ApiFailure(409, `is at ${error.actual ?? 'nothing'} but expected ${old}`);
  }
}

export const gitRefOperations: RestOperations = {
  'git/get-ref': {
    needs: ['contents', 'read'],
    async handle(request) {
      const ref = `refs/${request.text('ref')}`;
      const oid = await request.repository.refs.get(ref, request.call.view);
      if (oid === undefined) {
        const empty = (await request.repository.refs.list('refs/')).length === 0;
        throw empty ? new ApiFailure(409, 'Git Repository is empty.') : notFound();
      }
      return answer(request, 200, ref, oid);
    },
  },
  'git/list-matching-refs': {
    needs: ['contents', 'read'],
    async handle(request) {
      const refs = await request.repository.refs.list(`refs/${request.text('ref')}`);
      const all = await Promise.all(refs.map(({ ref, oid }) => answer(request, 200, ref, oid)));
      return { status: 200, body: all.map(({ body }) => body) };
    },
  },
  'git/create-ref': {
    needs: ['contents', 'write'],
    async handle(request) {
      const { ref, sha } = request.body as { ref: string; sha: string };
      if (!isRefName(ref)) throw new ApiFailure(422, `${ref} is not a valid ref name.`);
      await requireObject(request.repository, sha);
      if ((await request.repository.refs.get(ref)) !== undefined) {
        throw new ApiFailure(422, 'Reference already exists');
      }
      await moved(request, ref, sha, undefined);
      return answer(request, 201, ref, sha);
    },
  },
  'git/update-ref': {
    needs: ['contents', 'write'],
    async handle(request) {
      const { sha, force = false } = request.body as { sha: string; force?: boolean };
      const ref = `refs/${request.text('ref')}`;
      const old = await request.repository.refs.get(ref);
      if (old === undefined) throw new ApiFailure(422, 'Reference does not exist');
      await requireObject(request.repository, sha);
      if (!force && !(await request.repository.refs.contains(sha, old))) {
        throw new ApiFailure(422, 'Update is not a fast forward');
      }
      await requireAllowed(request, ref, sha);
      if (sha !== old) await moved(request, ref, sha, old);
      return answer(request, 200, ref, sha);
    },
  },
  'git/delete-ref': {
    needs: ['contents', 'write'],
    async handle(request) {
      const ref = `refs/${request.text('ref')}`;
      const old = await request.repository.refs.get(ref);
      if (old === undefined) throw new ApiFailure(422, 'Reference does not exist');
      await requireAllowed(request, ref, undefined);
      await moved(request, ref, undefined, old);
      return { status: 204 };
    },
  },
};

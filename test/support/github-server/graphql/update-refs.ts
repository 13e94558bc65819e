import { ApiFailure } from '../errors.js';
import { isRefName, NO_OID, RefConflict, type RefChange } from '../git/refs.js';
import { graphqlRefusal } from '../state/protection.js';
import type { Repository } from '../state/repository.js';
import type { Context, Node } from './context.js';
import { repositoryId } from './repository-node.js';

interface RefUpdate {
  readonly name: string;
  readonly afterOid: string;
  readonly beforeOid?: string | null;
  readonly force?: boolean | null;
}

export interface UpdateRefsInput {
  readonly repositoryId: string;
  readonly refUpdates: readonly RefUpdate[];
  readonly clientMutationId?: string | null;
}

/** GitHub does not document its words; a client has to look where the refs are. */
const refused = (message: string): ApiFailure => new ApiFailure(200, message, { type: 'UNPROCESSABLE' });

/** What an update means, checked as far as it can be before anything is written. @throws ApiFailure */
async function changeOf(repository: Repository, update: RefUpdate, context: Context): Promise<RefChange> {
  const { name: ref, afterOid, beforeOid, force } = update;
  if (!isRefName(ref)) throw refused(`${ref} is not a valid ref name`);
  const now = await repository.refs.get(ref);
  if (typeof beforeOid === 'string' && beforeOid !== (now ?? NO_OID)) {
    throw refused(`Reference update failed: ${ref} is at ${now ?? NO_OID} but expected ${beforeOid}`);
  }
  const oid = afterOid === NO_OID ? undefined : afterOid;
  const commit = oid === undefined ? undefined : await repository.commit(oid);
  if (oid !== undefined && commit === undefined) throw refused(`Oid ${oid} does not exist`);
  if (oid !== undefined && now !== undefined && force !== true && !(await repository.refs.contains(oid, now))) {
    throw refused('Update is not a fast forward');
  }
  const branch = ref.replace(/^refs\/heads\//, '');
  const verified = commit?.verification.verified === true;
  const refusal = repository.refusal(branch, context.call.token.actor, { verified });
  if (refusal !== undefined) throw refused(graphqlRefusal(refusal.protection, branch, refusal.reasons));
  return { ref, oid, expected: now ?? null };
}

/** The mutation updateRefs: all of the refs are created, moved and deleted, or none of them. */
export async function updateRefs(input: UpdateRefsInput, context: Context): Promise<Node> {
  const repository = context.world.repositories.find((one) => repositoryId(one) === input.repositoryId);
  if (repository === undefined) {
    throw new ApiFailure(404, `Could not resolve to a node with the global id of '${input.repositoryId}'`);
  }
  context.call.token.require(repository, 'contents', 'write');
  const changes: RefChange[] = [];
  for (const update of input.refUpdates) changes.push(await changeOf(repository, update, context));
  try {
    await repository.moveRefs(changes, context.call.token);
  } catch (error) {
    throw error instanceof RefConflict ? refused(`Reference update failed: ${error.message}`) : error;
  }
  return { __typename: 'UpdateRefsPayload', clientMutationId: input.clientMutationId ?? null };
}

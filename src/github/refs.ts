import { HelmCdError } from '../core/errors.js';
import { githubFailure, graphqlBody } from './github-failure.js';
import { isLost, patiently } from './patience.js';
import { requestPatiently, requireFine, validationErrors, type Repository } from './repository.js';

const NONE = '0'.repeat(40);
const UPDATE = 'mutation ($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }';

/** Servers from before 2024 do not have it. */
const NO_UPDATE_REFS = /'updateRefs' doesn't exist|updateRefs.*(?:undefined|unknown)/i;

/** What it says when a rule is against it. */
const FORBIDDEN = /protected|rule violation|ruleset|GH006|GH013|cannot (?:force|delete)|not allowed|pre-receive/i;

/** One of several branches that change together. */
export interface BranchMove {
  readonly branch: string;
  /** Where it must be for anything to happen. */
  readonly from: string;
  /** Nothing: the branch is deleted. */
  readonly to: string | undefined;
}

/** `moved`: one of the branches was elsewhere, nothing happened. `lost`: nobody knows what happened. */
export type MoveOutcome = 'done' | 'moved' | { readonly lost: HelmCdError };

/** Branches of one repository: made, moved and deleted. */
export class Branches {
  private readonly repository: Repository;
  private atomically = true;

  constructor(repository: Repository) {
    this.repository = repository;
  }

  private doing(what: string, branch: string): string {
    const { owner, name } = this.repository;
    return `The branch ${branch} of ${owner}/${name} cannot be ${what}`;
  }

  /**
   * Makes a branch.
   * @returns whether it was made: false when there is one of that name.
   */
  async create(branch: string, oid: string): Promise<boolean> {
    const response = await requestPatiently(this.repository, 'POST /repos/{owner}/{repo}/git/refs', {
      ref: `refs/heads/${branch}`,
      sha: oid,
    });
    const said = githubFailure(response, '', this.repository.clock.now())?.message ?? '';
    if (response.status === 422 && /already exists/i.test(`${said} ${validationErrors(response)}`)) return false;
    requireFine(this.repository, response, this.doing('made', branch));
    return true;
  }

  /** Puts a branch that nobody else uses to a commit, whether it is there or not. */
  async place(branch: string, oid: string): Promise<void> {
    if (await this.create(branch, oid)) return;
    await this.force(branch, oid);
  }

  private async force(branch: string, oid: string): Promise<void> {
    const response = await requestPatiently(this.repository, 'PATCH /repos/{owner}/{repo}/git/refs/{ref}', {
      ref: `heads/${branch}`,
      sha: oid,
      force: true,
    });
    requireFine(this.repository, response, this.doing('moved', branch));
  }

  private async remove(branch: string): Promise<void> {
    const response = await requestPatiently(this.repository, 'DELETE /repos/{owner}/{repo}/git/refs/{ref}', {
      ref: `heads/${branch}`,
    });
    // Gone already: of an answer that was lost, or by somebody else.
    if (response.status === 404 || response.status === 422) {
      if ((await this.at(branch)) === undefined) return;
    }
    requireFine(this.repository, response, this.doing('deleted', branch));
  }

  /** Where a branch is now; nothing when there is no such branch. */
  async at(branch: string): Promise<string | undefined> {
    const response = await requestPatiently(this.repository, 'GET /repos/{owner}/{repo}/git/ref/{ref}', {
      ref: `heads/${branch}`,
    });
    if (response.status === 404 || response.status === 409) return undefined;
    requireFine(this.repository, response, this.doing('read', branch));
    return (response.data as { object: { sha: string } }).object.sha;
  }

  /**
   * Moves and deletes branches, all of them or none (GraphQL: updateRefs), each only if it is where it is thought to be. On
   * servers that have no such mutation one after the other, each after a look.
   * @throws HelmCdError `refused` when a rule is against it, `unauthorized`.
   */
  async move(repositoryId: string, moves: readonly BranchMove[]): Promise<MoveOutcome> {
    if (!this.atomically) return this.oneByOne(moves);
    const { client, clock } = this.repository;
    const refUpdates = moves.map(({ branch, from, to }) => ({
      name: `refs/heads/${branch}`,
      beforeOid: from,
      afterOid: to ?? NONE,
      force: true,
    }));
    let response;
    try {
      response = await patiently({ clock, repeatable: false }, () =>
        client.graphql(UPDATE, { input: { repositoryId, refUpdates } }),
      );
    } catch (error) {
      if (error instanceof HelmCdError && error.code === 'unreachable') return { lost: error };
      throw error;
    }
    if (graphqlBody(response).errors.some(({ message }) => NO_UPDATE_REFS.test(message))) {
      this.atomically = false;
      return this.oneByOne(moves);
    }
    const failure = githubFailure(response, this.doing('moved', moves[0]?.branch ?? ''), clock.now());
    if (failure === undefined) return 'done';
    if (isLost(response)) return { lost: failure };
    if (failure.code === 'unauthorized') throw failure;
    // GitHub's words for a branch that is elsewhere are not documented: the branches tell.
    for (const { branch, from } of moves) if ((await this.at(branch)) !== from) return 'moved';
    // Among others that the commit is not known everywhere yet.
    if (!FORBIDDEN.test(failure.message)) return { lost: failure };
    throw new HelmCdError(failure.code, failure.message, {
      hint: 'Let the token’s owner move and delete branches below helm-cd/: leave them out of the rules for all branches.',
    });
  }

  private async oneByOne(moves: readonly BranchMove[]): Promise<MoveOutcome> {
    for (const { branch, from } of moves) if ((await this.at(branch)) !== from) return 'moved';
    for (const { branch, to } of moves) {
      if (to === undefined) await this.remove(branch);
      else await this.force(branch, to);
    }
    return 'done';
  }
}

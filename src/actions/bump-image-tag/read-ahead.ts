import type { Action, Outcome } from '../../core/action.js';
import type { Services } from '../../core/ports.js';
import type { BranchHead, RepositoryBranch } from '../../core/repository-branch.js';
import { connect, type ChartRepository } from './connect.js';
import { readInputs, type BumpInputs } from './inputs.js';

/** What a bump does once its repository is known. */
export type BumpRun = (inputs: BumpInputs, services: Services, repository: ChartRepository) => Promise<Outcome>;

/** The repository, of which one branch is being read already: whoever opens and reads it first gets that answer. */
function withFirstRead(
  repository: ChartRepository,
  name: string,
  opened: RepositoryBranch,
  first: Promise<BranchHead>,
): ChartRepository {
  let pending: Promise<BranchHead> | undefined = first;
  const ahead: RepositoryBranch = {
    head() {
      const head = pending ?? opened.head();
      pending = undefined;
      return head;
    },
    commit: (...change) => opened.commit(...change),
  };
  let unopened = true;
  return {
    ...repository,
    open(branch) {
      if (branch !== name || !unopened) return repository.open(branch);
      unopened = false;
      return ahead;
    },
  };
}

/**
 * The action, which begins to read the branch before the rest of it is even loaded: the server needs its time, and
 * loading takes almost as long.
 * @param load the rest.
 */
export function bumpAction(load: () => Promise<BumpRun>): Action<BumpInputs> {
  return {
    name: 'bump-image-tag',
    readInputs,
    async run(inputs, services) {
      const repository = await connect(inputs, services);
      // A registry that is asked first may take its time: what was read before would be old.
      if (inputs.verify !== undefined) return (await load())(inputs, services, repository);
      const opened = repository.open(inputs.branch);
      const first = opened.head();
      // Told to whoever asks for it, later.
      first.catch(() => undefined);
      try {
        return await (
          await load()
        )(inputs, services, withFirstRead(repository, inputs.branch, opened, first));
      } finally {
        // Nobody may have asked: nothing is left running.
        await first.catch(() => undefined);
      }
    },
  };
}

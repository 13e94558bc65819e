import type { Violation } from '../http/contract.js';
import type { Dispatch, RefEvent } from './records.js';
import type { Pull } from './pull-record.js';
import type { Repository } from './repository.js';
import type { Tokens } from './tokens.js';

/** Everything this GitHub knows. */
export class World {
  readonly tokens: Tokens;
  readonly events: RefEvent[] = [];
  readonly dispatches: Dispatch[] = [];
  readonly violations: Violation[] = [];
  readonly #repositories = new Map<string, Repository>();

  constructor(tokens: Tokens) {
    this.tokens = tokens;
  }

  get repositories(): Repository[] {
    return [...this.#repositories.values()];
  }

  add(repository: Repository): void {
    this.#repositories.set(repository.fullName.toLowerCase(), repository);
  }

  /** Names are not case-sensitive, as on GitHub. */
  find(owner: string, name: string): Repository | undefined {
    return this.#repositories.get(`${owner}/${name}`.toLowerCase());
  }

  /** The pull request of a GraphQL node id. */
  pullById(id: string): { repository: Repository; pull: Pull } | undefined {
    for (const repository of this.repositories) {
      const pull = repository.pulls.find((one) => one.id === id);
      if (pull !== undefined) return { repository, pull };
    }
    return undefined;
  }
}

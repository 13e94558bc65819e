import type { Violation } from '../http/contract.js';
import type { Dispatch, RefEvent } from './records.js';
import type { Pull } from './pull-record.js';
import type { Repository } from './repository.js';
import type { Tokens } from './tokens.js';

/** What starts workflows, as it happens. */
export type Happening = ({ readonly kind: 'push' } & RefEvent) | ({ readonly kind: 'dispatch' } & Dispatch);

/** Everything this GitHub knows. */
export class World {
  readonly tokens: Tokens;
  /** Is told of everything that happens. */
  listener: (happening: Happening) => void = () => undefined;
  readonly events: RefEvent[] = [];
  readonly dispatches: Dispatch[] = [];
  readonly violations: Violation[] = [];
  /** What organizations keep of what runs where, by place. */
  readonly artifactRecords = new Map<string, Readonly<Record<string, unknown>>>();
  readonly #repositories = new Map<string, Repository>();

  constructor(tokens: Tokens) {
    this.tokens = tokens;
  }

  pushed(event: RefEvent): void {
    this.events.push(event);
    this.listener({ kind: 'push', ...event });
  }

  dispatched(dispatch: Dispatch): void {
    this.dispatches.push(dispatch);
    this.listener({ kind: 'dispatch', ...dispatch });
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

import type { ObjectReader } from '../git/object-reader.js';
import type { Refs } from '../git/refs.js';
import type { Token } from './tokens.js';

/** What a person sets under "Pages" of a repository's settings. */
export interface PagesSettings {
  /** Default: gh-pages. */
  readonly branch?: string;
  /** `/` (default) or `/docs`. */
  readonly path?: '/' | '/docs';
  /** `workflow`: this server builds nothing. */
  readonly buildType?: 'legacy' | 'workflow';
  /** Whether everybody may read the site. Default true. */
  readonly public?: boolean;
  /** How long the site takes to show a change of its branch. Default 300 ms. */
  readonly buildMs?: number;
  /** Whether what a workflow's own token commits is built, too. Default true. */
  readonly buildsForWorkflows?: boolean;
  /** Of the site, when it is not the server's own; its files are found below the server's own all the same. */
  readonly url?: string;
}

/** What the site is made of. */
interface Source {
  readonly objects: Pick<ObjectReader, 'read'>;
  readonly refs: Pick<Refs, 'get'>;
}

/** The site of one repository: made anew some time after each change of its branch, one build after the other. */
export class PagesSite {
  readonly settings: Required<Omit<PagesSettings, 'url'>> & Pick<PagesSettings, 'url'>;
  /** The commit that is served. */
  served: string | undefined;
  builds = 0;
  readonly #repository: Source;
  #building: NodeJS.Timeout | undefined;
  #again = false;

  constructor(repository: Source, settings: PagesSettings) {
    this.#repository = repository;
    this.settings = {
      branch: 'gh-pages',
      path: '/',
      buildType: 'legacy',
      public: true,
      buildMs: 300,
      buildsForWorkflows: true,
      ...settings,
    };
  }

  get status(): 'building' | 'built' | null {
    if (this.#building !== undefined) return 'building';
    return this.served === undefined ? null : 'built';
  }

  /** Called when a ref has changed. */
  changed(ref: string, token: Token): void {
    if (ref !== `refs/heads/${this.settings.branch}` || this.settings.buildType !== 'legacy') return;
    if (token.kind === 'workflow' && !this.settings.buildsForWorkflows) return;
    this.request();
  }

  /** Builds it, after the build that goes on. */
  request(): void {
    if (this.#building !== undefined) this.#again = true;
    else this.#start();
  }

  #start(): void {
    // A build takes what the branch is when it begins.
    const commit = this.#repository.refs.get(`refs/heads/${this.settings.branch}`);
    this.#building = setTimeout(() => {
      void commit.then((oid) => {
        this.served = oid;
        this.builds++;
        this.#building = undefined;
        if (this.#again) {
          this.#again = false;
          this.#start();
        }
      });
    }, this.settings.buildMs);
  }

  /** A file of the site; undefined when it is not there. */
  async read(path: string): Promise<Buffer | undefined> {
    if (this.served === undefined) return undefined;
    const folder = this.settings.path === '/' ? '' : `${this.settings.path.slice(1)}/`;
    const object = await this.#repository.objects.read(`${this.served}:${folder}${path}`);
    return object?.type === 'blob' ? object.content : undefined;
  }

  close(): void {
    clearTimeout(this.#building);
  }
}

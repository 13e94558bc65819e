import type { BranchFiles, FileEdit } from '../core/branch-files.js';
import { HelmCdError } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import { OWN_PREFIX, type Blob, type BlobInfo, type Blobs, type BlobType, type Consumer } from './blobs.js';
import type { BranchLocation } from './branch-url.js';

const INDEX = 'index.yaml';
/** Tells GitHub Pages to serve the files as they are, whatever is in it. */
const NO_JEKYLL = '.nojekyll';
const NO_JEKYLL_TEXT = 'GitHub Pages serves the files of this branch as they are.\n';
/** So often in a row nobody knows whether a commit was made: then something is wrong that waiting does not mend. */
const MOST_LOST = 4;
/** Others may commit at the same time. */
const REMOVE_ATTEMPTS = 50;
const PAUSE_MS = 300;

export interface CommitBlobsOptions {
  readonly files: BranchFiles;
  readonly location: BranchLocation;
  /** What a commit says below its first line. */
  readonly origin: string;
  /** How consumers get the files. */
  readonly consumer: () => Promise<Consumer | undefined>;
  readonly warnings?: readonly string[];
  readonly services: Pick<Services, 'clock' | 'log'>;
}

/** `shop-1.0.0.tgz` and its provenance are one chart. */
function chartsAmong(names: readonly string[]): readonly string[] {
  return [...new Set(names.flatMap((name) => /^(.*)\.tgz(?:\.prov)?$/.exec(name)?.[1] ?? []))];
}

function title(edits: ReadonlyMap<string, Uint8Array | undefined>): string {
  const names = [...edits.keys()];
  const gone = chartsAmong(names.filter((name) => edits.get(name) === undefined));
  const charts = gone.length > 0 ? gone : chartsAmong(names);
  if (charts.length === 0) return 'Update the index of charts';
  const listed =
    charts.length <= 3 ? charts.join(', ') : `${charts.slice(0, 2).join(', ')} and ${charts.length - 2} more`;
  return `${gone.length > 0 ? 'Remove' : 'Publish'} ${listed}`;
}

/**
 * A branch of a git repository. What is created is kept in mind until the index is replaced: then one commit puts all of it
 * in place at once, if the branch still is at the commit that the index was read from. So consumers see a version
 * completely or not at all, a killed run leaves nothing behind, and of those who publish at once nobody overwrites anybody.
 */
export class CommitBlobs implements Blobs {
  readonly url: string;
  readonly storeUrl: string;
  readonly warnings: readonly string[];
  private readonly options: CommitBlobsOptions;
  /** The commit that everything is read at, once it is known; without an oid there is no such branch. */
  private tip: { readonly oid: string | undefined } | undefined;
  private readonly staged = new Map<string, Uint8Array>();
  /** The newest index: it may be large, and is asked for more than once. */
  private index: { readonly oid: string; readonly bytes: Uint8Array } | undefined;
  private lost = 0;

  constructor(options: CommitBlobsOptions) {
    const { url, storeUrl } = options.location;
    this.url = url;
    this.storeUrl = storeUrl;
    this.warnings = options.warnings ?? [];
    this.options = options;
  }

  private path(name: string): string {
    const { folder } = this.options.location;
    return folder === '' ? name : `${folder}/${name}`;
  }

  private async current(): Promise<string | undefined> {
    this.tip ??= { oid: await this.options.files.tip() };
    return this.tip.oid;
  }

  private forget(): void {
    this.tip = undefined;
    this.staged.clear();
  }

  private async find(name: string): Promise<string | undefined> {
    const tip = await this.current();
    return tip === undefined ? undefined : this.options.files.find(tip, this.path(name));
  }

  /**
   * Everything is judged by the index: reading it takes a new look at the branch, unless something is kept in mind, which
   * belongs to the commit that was looked at. All other files are read at that same commit.
   */
  async read(name: string, known?: Blob): Promise<Blob | undefined> {
    const staged = this.staged.get(name);
    if (staged !== undefined) return { bytes: staged, version: 'not committed yet' };
    if (name === INDEX && this.staged.size === 0) this.tip = undefined;
    const oid = await this.find(name);
    if (oid === undefined) return undefined;
    const kept = this.index?.oid === oid ? this.index.bytes : undefined;
    // Content is known by its hash: what has the same need not be asked for.
    const same = known?.version.endsWith(`:${oid}`) === true ? known.bytes : undefined;
    const bytes = kept ?? same ?? (await this.options.files.read(oid));
    if (name === INDEX) this.index = { oid, bytes };
    return { bytes, version: `${this.tip?.oid ?? ''}:${oid}` };
  }

  async create(name: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    if (this.staged.has(name) || (await this.find(name)) !== undefined) return 'exists';
    this.staged.set(name, bytes);
    return 'created';
  }

  async replace(
    name: string,
    bytes: Uint8Array,
    _type: BlobType,
    before: Blob | undefined,
    gone: readonly string[] = [],
  ): Promise<'written' | 'changed'> {
    const oid = await this.find(name);
    const now = oid === undefined ? undefined : `${this.tip?.oid ?? ''}:${oid}`;
    if (now !== before?.version) {
      this.forget();
      return 'changed';
    }
    const present: string[] = [];
    for (const file of gone) if ((await this.find(file)) !== undefined) present.push(file);
    const deletions = present.map((file) => [file, undefined] as const);
    return this.commit(new Map([...this.staged, [name, bytes], ...deletions]));
  }

  flush(): Promise<'written' | 'changed'> {
    return this.staged.size === 0 ? Promise.resolve('written') : this.commit(this.staged);
  }

  settle(): Promise<void> {
    this.forget();
    return Promise.resolve();
  }

  async list(): Promise<readonly BlobInfo[]> {
    const tip = await this.current();
    if (tip === undefined) return [];
    const below = this.path('');
    const listed = await this.options.files.list(tip, this.options.location.folder);
    return listed
      .map(({ path, size }): BlobInfo => ({ name: path.slice(below.length), size, modified: undefined }))
      .filter(({ name }) => !name.startsWith(OWN_PREFIX) && name !== NO_JEKYLL);
  }

  async remove(names: readonly string[]): Promise<void> {
    if (names.includes(INDEX)) throw new Error('an index is never deleted');
    for (let attempt = 1; ; attempt++) {
      this.forget();
      const present: string[] = [];
      for (const name of new Set(names)) if ((await this.find(name)) !== undefined) present.push(name);
      if (present.length === 0) return;
      if ((await this.commit(new Map(present.map((name) => [name, undefined])))) === 'written') return;
      if (attempt === REMOVE_ATTEMPTS) {
        throw new HelmCdError('conflict', `${this.storeUrl} was changed by others ${attempt} times in a row.`, {
          hint: 'Run the job again: it completes what is missing.',
        });
      }
      await this.options.services.clock.sleep(PAUSE_MS * (0.3 + Math.random()) * Math.min(attempt, 8));
    }
  }

  async consumer(): Promise<Consumer> {
    return (await this.options.consumer()) ?? { url: this.url, read: (name) => this.read(name) };
  }

  /** Puts all of it in place, with one commit on the one that was looked at. */
  private async commit(changes: ReadonlyMap<string, Uint8Array | undefined>): Promise<'written' | 'changed'> {
    const { files, location, origin, services } = this.options;
    const parent = await this.current();
    if (parent === undefined)
      services.log.info(`${this.storeUrl}: there is no branch ${location.branch} yet; it is made`);
    const edits: FileEdit[] = [...changes].map(([name, bytes]) => ({ path: this.path(name), bytes }));
    const first = parent === undefined ? [{ path: NO_JEKYLL, bytes: Buffer.from(NO_JEKYLL_TEXT) }] : [];
    const heading = title(changes);
    const message = `${heading}\n${origin === '' ? '' : `\n${origin}\n`}`;
    const outcome = await files.put(parent, [...first, ...edits], message);
    this.forget();
    if (outcome.status === 'committed') {
      this.lost = 0;
      services.log.info(`${this.storeUrl}: commit ${outcome.oid.slice(0, 12)} "${heading}"`);
      return 'written';
    }
    if (outcome.status === 'unknown') {
      // Whether it was made the branch tells, which is read again now.
      if (++this.lost >= MOST_LOST) throw outcome.error;
      services.log.info(`${this.storeUrl}: the answer was lost; looking what became of the commit`);
    } else this.lost = 0;
    return 'changed';
  }
}

import { HelmCdError } from '../core/errors.js';
import type { GitCommands } from './git-commands.js';
import { gitFailure } from './git-failure.js';

/** More than this many are not read along with what is wanted. */
const MOST_ALONG = 300;

/** The contents of files, by object id: from the clone, and before that from the server where they are missing. */
export class GitBlobs {
  private readonly git: GitCommands;
  private readonly url: string;
  private readonly fetched = new Set<string>();
  private readonly texts = new Map<string, string>();

  constructor(git: GitCommands, url: string) {
    this.git = git;
    this.url = url;
  }

  /**
   * The texts of those that are UTF-8.
   * @param partial whether blobs are missing until they are asked for.
   * @param along what will probably be wanted next: read with these, for every command and every request takes its time.
   */
  async read(
    oids: readonly string[],
    partial: boolean,
    along: readonly string[] = [],
  ): Promise<ReadonlyMap<string, string>> {
    const unread = oids.filter((oid) => !this.texts.has(oid));
    if (unread.length > 0) {
      const more = along.filter((oid) => !this.texts.has(oid));
      const all = [...new Set([...unread, ...(more.length <= MOST_ALONG ? more : [])])];
      if (partial) await this.fetch(all);
      for (const [oid, text] of await this.readAll(all, unread)) this.texts.set(oid, text);
    }
    return new Map(
      oids.flatMap((oid) => {
        const text = this.texts.get(oid);
        return text === undefined ? [] : [[oid, text] as const];
      }),
    );
  }

  private async readAll(all: readonly string[], wanted: readonly string[]): Promise<ReadonlyMap<string, string>> {
    try {
      return await this.readThese(all);
    } catch (error) {
      // What was only read along is too much for one output.
      if (!(error instanceof HelmCdError) || error.code !== 'refused' || all.length === wanted.length) throw error;
      return this.readThese(wanted);
    }
  }

  private async readThese(oids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const [output, { parseBlobs }] = await Promise.all([
      this.git.local(['cat-file', '--batch'], `${oids.join('\n')}\n`),
      // In the same bundle, that is what `eager` says to the bundler; run meanwhile, for it needs Node's cryptography.
      import(/* webpackMode: "eager" */ './blob-contents.js'),
    ]);
    return parseBlobs(output, oids);
  }

  /** Gets those that are not there yet. Otherwise git would ask the server for each by itself. */
  async fetch(oids: readonly string[]): Promise<void> {
    const missing = oids.filter((oid) => !this.fetched.has(oid));
    if (missing.length === 0) return;
    // These are the arguments with which git itself fetches what is missing.
    const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--filter=blob:none', '--stdin'];
    const result = await this.git.run(['-c', 'fetch.negotiationAlgorithm=noop', 'fetch', ...options, 'origin'], {
      input: `${missing.join('\n')}\n`,
      network: true,
    });
    if (result.code !== 0) throw gitFailure(`Files of ${this.url} cannot be read`, result.stderr);
    for (const oid of missing) this.fetched.add(oid);
  }
}

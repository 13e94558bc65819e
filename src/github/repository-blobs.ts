import type { Clock, GitHubClient } from '../core/ports.js';
import { blobId } from '../core/blob-id.js';
import { githubFailure, graphqlBody } from './github-failure.js';
import { patiently } from './patience.js';
import { readBlob } from './read-blob.js';

/** So many files are asked for in one query. */
const PER_QUERY = 100;

export interface BlobsOptions {
  readonly client: GitHubClient;
  readonly owner: string;
  readonly name: string;
  readonly clock: Clock;
}

/**
 * Contents of a repository's files by object id. What GitHub's GraphQL gives as a text need not be the file: it is cut
 * when it is long, and no text when it is none. So each is held against its object id, and asked for by REST when it is not
 * that object.
 */
export class RepositoryBlobs {
  private readonly options: BlobsOptions;
  private readonly known = new Map<string, Buffer>();
  private readonly texts = new Map<string, string>();

  constructor(options: BlobsOptions) {
    this.options = options;
  }

  /** Texts that came with another answer. */
  keep(texts: ReadonlyMap<string, string>): void {
    for (const [oid, text] of texts) if (!this.known.has(oid)) this.texts.set(oid, text);
  }

  /** @throws HelmCdError when GitHub does not give them. */
  async read(oids: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    const wanted = [...new Set(oids)];
    const unseen = wanted.filter((oid) => !this.known.has(oid) && !this.texts.has(oid));
    for (let at = 0; at < unseen.length; at += PER_QUERY) await this.ask(unseen.slice(at, at + PER_QUERY));
    for (const oid of wanted) if (!this.fromText(oid)) this.known.set(oid, await readBlob(this.options, oid));
    return new Map(wanted.map((oid) => [oid, this.known.get(oid) ?? Buffer.alloc(0)]));
  }

  private fromText(oid: string): boolean {
    const text = this.texts.get(oid);
    if (this.known.has(oid) || text === undefined) return this.known.has(oid);
    this.texts.delete(oid);
    const bytes = Buffer.from(text);
    if (blobId(bytes, oid) !== oid) return false;
    this.known.set(oid, bytes);
    return true;
  }

  private async ask(oids: readonly string[]): Promise<void> {
    const { client, owner, name, clock } = this.options;
    const objects = oids.map((oid, index) => `o${index}: object(oid: "${oid}") { ... on Blob { oid text } }`);
    const query = `query ($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { ${objects.join('\n')} }
}`;
    const response = await patiently({ clock, repeatable: true }, () => client.graphql(query, { owner, name }));
    const failure = githubFailure(response, `Files of ${owner}/${name} cannot be read`, clock.now());
    if (failure !== undefined) throw failure;
    const { repository } = graphqlBody(response).data as {
      repository: Readonly<Record<string, { oid: string; text: string | null } | null>>;
    };
    for (const node of Object.values(repository)) {
      if (typeof node?.text === 'string') this.texts.set(node.oid, node.text);
    }
  }
}

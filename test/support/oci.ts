/** What people and signing tools put into OCI registries besides charts, by plain requests. */
import { sha256Digest } from '../../src/core/digest.js';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

export interface Tagged {
  readonly bytes: Buffer;
  readonly digest: string;
  readonly type: string;
}

/** One repository of a registry that speaks plain HTTP. */
export class RawRepository {
  readonly base: string;

  constructor(host: string, repository: string) {
    this.base = `http://${host}/v2/${repository}`;
  }

  async get(reference: string): Promise<Tagged | undefined> {
    const response = await fetch(`${this.base}/manifests/${reference}`, {
      headers: { accept: `${MANIFEST}, ${INDEX}` },
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    if (response.status !== 200) return undefined;
    return { bytes, digest: sha256Digest(bytes), type: response.headers.get('content-type') ?? '' };
  }

  async blob(content: string | Uint8Array): Promise<{ digest: string; size: number }> {
    const body = Buffer.from(content);
    const digest = sha256Digest(body);
    const start = await fetch(`${this.base}/blobs/uploads/`, { method: 'POST' });
    const url = new URL(start.headers.get('location') ?? '', start.url);
    url.searchParams.set('digest', digest);
    const done = await fetch(url, { method: 'PUT', body, headers: { 'content-type': 'application/octet-stream' } });
    if (done.status !== 201) throw new Error(`blob: ${done.status} ${await done.text()}`);
    return { digest, size: body.length };
  }

  async put(reference: string, manifest: unknown, type = MANIFEST): Promise<string> {
    const body = Buffer.isBuffer(manifest) ? manifest : Buffer.from(JSON.stringify(manifest));
    const digest = sha256Digest(body);
    const target = reference === '' ? digest : reference;
    const headers = { 'content-type': type };
    const response = await fetch(`${this.base}/manifests/${target}`, { method: 'PUT', headers, body });
    if (response.status !== 201) throw new Error(`manifest: ${response.status} ${await response.text()}`);
    return digest;
  }

  async tags(): Promise<readonly string[]> {
    const response = await fetch(`${this.base}/tags/list`);
    return response.status === 404 ? [] : ((await response.json()) as { tags: string[] }).tags;
  }

  /**
   * Attaches something to a manifest as cosign 3, oras and others do (OCI 1.1), and lists it under the tag that stands in
   * for the referrers API.
   */
  async attach(subject: Tagged, artifactType: string, content: string): Promise<string> {
    const config = { mediaType: 'application/vnd.oci.empty.v1+json', ...(await this.blob('{}')) };
    const layer = { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', ...(await this.blob(content)) };
    const about = { mediaType: subject.type, digest: subject.digest, size: subject.bytes.length };
    const manifest = { schemaVersion: 2, mediaType: MANIFEST, artifactType, config, layers: [layer], subject: about };
    const body = Buffer.from(JSON.stringify(manifest));
    const digest = await this.put('', body);
    const tag = subject.digest.replace(':', '-');
    const known = await this.get(tag);
    const { manifests = [] } = JSON.parse(known?.bytes.toString() ?? '{}') as { manifests?: unknown[] };
    const entry = { mediaType: MANIFEST, digest, size: body.length, artifactType };
    await this.put(tag, { schemaVersion: 2, mediaType: INDEX, manifests: [...manifests, entry] }, INDEX);
    return digest;
  }

  /** Signs a manifest as cosign 2 does: another layer under the tag `sha256-….sig`. */
  async cosign(subject: Tagged, content: string): Promise<string> {
    const tag = `${subject.digest.replace(':', '-')}.sig`;
    const known = await this.get(tag);
    const { layers = [] } = JSON.parse(known?.bytes.toString() ?? '{}') as { layers?: unknown[] };
    const config = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      ...(await this.blob(JSON.stringify({ layers: layers.length }))),
    };
    const layer = { mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json', ...(await this.blob(content)) };
    return this.put(tag, { schemaVersion: 2, mediaType: MANIFEST, config, layers: [...layers, layer] });
  }

  /** Digests of what refers to a manifest, by the tag that stands in for the referrers API. */
  async referrers(digest: string): Promise<readonly string[]> {
    const index = await this.get(digest.replace(':', '-'));
    const { manifests = [] } = JSON.parse(index?.bytes.toString() ?? '{}') as { manifests?: { digest: string }[] };
    return manifests.map((one) => one.digest);
  }
}

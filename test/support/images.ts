import { sha256Digest } from '../../src/core/digest.js';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

/** `linux/arm64/v8` */
type PlatformText = string;

export interface PushOptions {
  /** Headers of every request, such as a password. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes it another image of the same platforms. */
  readonly content?: string;
  /** Of the configuration. */
  readonly labels?: Readonly<Record<string, string>>;
  /** As image builders add it: with a platform that nothing runs on. */
  readonly attestation?: boolean;
}

export interface PushedImage {
  readonly digest: string;
  /** The digests in an index, in the order of the platforms. */
  readonly platforms: readonly string[];
}

/**
 * Pushes an image without layers, by the OCI distribution specification: an index of the given platforms, or without any
 * an image by itself.
 * @param host of a registry that speaks plain HTTP.
 */
export async function pushImage(
  host: string,
  repository: string,
  tag: string,
  platforms: readonly PlatformText[] = [],
  { headers = {}, content = '', attestation = false, labels = {} }: PushOptions = {},
): Promise<PushedImage> {
  const base = `http://${host}/v2/${repository}`;
  const send = async (url: string, method: string, type: string, body: Uint8Array | undefined): Promise<Response> => {
    const response = await fetch(url, {
      method,
      headers: { ...headers, 'content-type': type },
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${url}: HTTP ${response.status} ${await response.text()}`);
    return response;
  };
  const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));
  const describe = (mediaType: string, bytes: Uint8Array) => ({
    mediaType,
    digest: sha256Digest(bytes),
    size: bytes.length,
  });

  const pushManifest = async (platform: PlatformText, reference?: string) => {
    const [os = 'linux', architecture = 'amd64', variant] = platform.split('/');
    const about = { os, architecture, ...(variant === undefined ? {} : { variant }) };
    const config = bytesOf({
      ...about,
      config: { Labels: { content, ...labels } },
      rootfs: { type: 'layers', diff_ids: [] },
    });
    const upload = await send(`${base}/blobs/uploads/`, 'POST', 'application/octet-stream', undefined);
    const location = new URL(upload.headers.get('location') ?? '', upload.url);
    location.searchParams.set('digest', sha256Digest(config));
    await send(location.href, 'PUT', 'application/octet-stream', config);
    const manifest = bytesOf({ schemaVersion: 2, mediaType: MANIFEST, config: describe(CONFIG, config), layers: [] });
    await send(`${base}/manifests/${reference ?? sha256Digest(manifest)}`, 'PUT', MANIFEST, manifest);
    return { ...describe(MANIFEST, manifest), platform: about };
  };

  const [only] = platforms;
  if (only === undefined) return { digest: (await pushManifest('linux/amd64', tag)).digest, platforms: [] };
  const manifests = [];
  for (const platform of platforms) manifests.push(await pushManifest(platform));
  if (attestation) {
    const annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };
    manifests.push({ ...(await pushManifest('unknown/unknown')), annotations });
  }
  const index = bytesOf({ schemaVersion: 2, mediaType: INDEX, manifests });
  await send(`${base}/manifests/${tag}`, 'PUT', INDEX, index);
  return {
    digest: sha256Digest(index),
    platforms: manifests.slice(0, platforms.length).map(({ digest }) => digest),
  };
}

import type { HelmCdError } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import { takeLock, type HeldLock, type LockFolder } from './object-lock.js';
import type { Blob, BlobInfo, Blobs, BlobType } from './blobs.js';
import { openS3Client, parseS3Url, type S3Sdk, type S3Timeouts } from './s3-client.js';
import { PROBE_NAME, PROBE_TEXT, probeConditions, type KeptConditions, type WriteCondition } from './s3-conditions.js';
import { nameOf, statusOf } from './s3-errors.js';
import { S3Objects } from './s3-objects.js';
import type { StoreAccess } from './store.js';

const CONFLICTS = 5;
const CONFLICT_PAUSE_MS = 100;
const LOCK_FOLDER = '.helm-cd/lock';
const RELEASE_TIMEOUT_MS = 10_000;
/** Of helm-cd's own objects. */
const OWN_TYPE: BlobType = { contentType: 'text/plain; charset=utf-8', cacheControl: 'no-store' };

type NeededServices = Pick<Services, 'environment' | 'masks' | 'cancelled' | 'clock' | 'log'>;

/** Who we are, for others who wait for us. */
function holderOf(environment: Services['environment']): string {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = environment;
  if (server && repository && run) return `${server}/${repository}/actions/runs/${run}`;
  return environment['HOSTNAME'] ? `a run on ${environment['HOSTNAME']}` : 'a run somewhere else';
}

/**
 * A prefix of an S3 bucket. Amazon S3 and compatible servers make conditional writes atomic (`If-None-Match: *`,
 * `If-Match`): https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
 *
 * Whether the server does is found out before the first write. Where it does not, all writes are guarded by a lock made
 * of objects; that keeps out those who use the lock, too, and nobody else.
 */
export class S3Blobs implements Blobs {
  readonly url: string;
  readonly warnings: string[] = [];
  private readonly objects: S3Objects;
  private readonly services: NeededServices;
  private kept: Promise<KeptConditions> | undefined;
  private lock: Promise<HeldLock> | undefined;
  /** How many pieces of work the lock is held for. */
  private guarded = 0;

  private constructor(objects: S3Objects, services: NeededServices) {
    this.url = objects.url;
    this.objects = objects;
    this.services = services;
  }

  /** Nothing is contacted yet. */
  static async open(
    url: string,
    access: StoreAccess,
    services: NeededServices,
    timeouts?: S3Timeouts,
  ): Promise<S3Blobs> {
    const location = parseS3Url(url);
    for (const name of ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
      const secret = services.environment[name] ?? '';
      if (secret !== '') services.masks.add(secret);
    }
    // Left alone by the bundler: in dist/ it is the file beside the actions' bundle.
    const sdk: S3Sdk = await import(/* webpackIgnore: true */ './s3-sdk.js');
    const client = await openS3Client(sdk, access, services.environment, timeouts);
    return new S3Blobs(new S3Objects(location, sdk, client, services.cancelled), services);
  }

  read(name: string, known?: Blob): Promise<Blob | undefined> {
    return this.objects.read(name, known);
  }

  list(): Promise<readonly BlobInfo[]> {
    return this.objects.list('');
  }

  remove(names: readonly string[]): Promise<void> {
    return this.guard(() => this.objects.remove(names));
  }

  /** Nothing is ever half done: an object is there as a whole or not at all. */
  settle(): Promise<void> {
    return Promise.resolve();
  }

  create(name: string, bytes: Uint8Array, type: BlobType): Promise<'created' | 'exists'> {
    return this.guard(async ({ create }) => {
      if (!create && (await this.objects.tagOf(name)) !== undefined) return 'exists';
      return (await this.put(name, bytes, type, create ? { IfNoneMatch: '*' } : {})) ? 'created' : 'exists';
    });
  }

  replace(name: string, bytes: Uint8Array, type: BlobType, before: Blob | undefined): Promise<'written' | 'changed'> {
    return this.guard(async ({ create, replace }) => {
      const isKept = before === undefined ? create : replace;
      if (!isKept && (await this.objects.tagOf(name)) !== before?.version) return 'changed';
      const condition: WriteCondition = before === undefined ? { IfNoneMatch: '*' } : { IfMatch: before.version };
      return (await this.put(name, bytes, type, isKept ? condition : {})) ? 'written' : 'changed';
    });
  }

  /** Runs what writes, under the lock if the server does not keep conditions. */
  async guard<Result>(work: (kept: KeptConditions) => Promise<Result>): Promise<Result> {
    this.kept ??= this.probe();
    const kept = await this.kept;
    if (kept.why === '') return work(kept);
    this.guarded += 1;
    try {
      this.lock ??= takeLock(this.lockFolder(), holderOf(this.services.environment), this.services);
      await this.lock;
      return await work(kept);
    } finally {
      this.guarded -= 1;
      if (this.guarded === 0) await this.release();
    }
  }

  private async release(): Promise<void> {
    const lock = this.lock;
    this.lock = undefined;
    const held = await lock?.catch(() => undefined);
    await held?.release().catch((error: unknown) => {
      this.services.log.info(`${this.url}: the lock was not released, it ends within a minute. ${String(error)}`);
    });
  }

  private async probe(): Promise<KeptConditions> {
    const put = (condition: WriteCondition) =>
      this.objects.put(PROBE_NAME, Buffer.from(PROBE_TEXT), OWN_TYPE, condition);
    const kept = await probeConditions(put).catch((error: unknown) => {
      throw this.objects.explain(error, `${this.url}/${PROBE_NAME} cannot be written`);
    });
    if (kept.why === '') return kept;
    const warning = `The server of ${this.url} ${kept.why}, which would make publishing safe. A lock (${this.url}/${LOCK_FOLDER}/) guards it instead: as long as nothing but helm-cd writes there.`;
    this.warnings.push(warning);
    this.services.log.info(warning);
    return kept;
  }

  private lockFolder(): LockFolder {
    const { objects } = this;
    const inFolder = (name: string) => `${LOCK_FOLDER}/${name}`;
    const explained = (name: string) => (error: unknown) => {
      throw objects.explain(error, `${this.url}/${inFolder(name)} cannot be written`);
    };
    return {
      url: `${this.url}/${LOCK_FOLDER}`,
      list: async () =>
        (await objects.list(LOCK_FOLDER)).map(({ name, modified }) => ({ name, modified: Date.parse(modified ?? '') })),
      read: async (name) => {
        const blob = await objects.read(inFolder(name));
        return blob === undefined ? undefined : Buffer.from(blob.bytes).toString('utf8');
      },
      write: (name, text) => objects.put(inFolder(name), Buffer.from(text), OWN_TYPE, {}).catch(explained(name)),
      remove: (name) =>
        objects.remove([inFolder(name)], () => ({ abortSignal: AbortSignal.timeout(RELEASE_TIMEOUT_MS) })),
    };
  }

  /** @returns whether the condition held. */
  private async put(name: string, bytes: Uint8Array, type: BlobType, condition: WriteCondition): Promise<boolean> {
    for (let conflicts = 1; ; conflicts++) {
      try {
        const lock = await this.lock;
        await this.objects.put(name, bytes, type, condition, lock?.signal());
        return true;
      } catch (error) {
        const status = statusOf(error);
        if (status === 412) return false;
        // The object that If-Match names may be gone.
        if (condition.IfMatch !== undefined && status === 404 && nameOf(error) === 'NoSuchKey') return false;
        // Amazon's word for two conditional writes at the same moment.
        if (status === 409 && condition.IfMatch !== undefined) return false;
        if (status !== 409 || conflicts === CONFLICTS) throw this.notWritten(error, name);
        await this.services.clock.sleep(CONFLICT_PAUSE_MS * conflicts * (0.5 + Math.random()));
      }
    }
  }

  private notWritten(error: unknown, name: string): HelmCdError {
    return this.objects.explain(error, `${this.url}/${name} cannot be written`);
  }
}

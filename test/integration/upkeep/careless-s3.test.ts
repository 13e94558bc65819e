import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { HelmCdError } from '../../../src/core/errors.js';
import { openStore } from '../../../src/stores/open-store.js';
import { startS3, stopS3 } from '../../../tools/s3.mjs';
import { startCarelessS3 } from '../../support/careless-s3.js';
import { startFaultProxy } from '../../support/fault-proxy.js';
import { createTestServices, type TestServices } from '../../support/services.js';
import { filesIn, findingsOf, holdingsOf, publishAll } from '../../support/upkeep.js';

jest.setTimeout(180_000);

const BUCKET = 'charts';
const S3_NAME = `careless-${process.pid}`;

let server: Awaited<ReturnType<typeof startS3>>;
let services: TestServices;
let folder: string;
let url: string;

beforeAll(async () => {
  server = await startS3({ name: S3_NAME, bucket: BUCKET });
});

afterAll(async () => {
  await stopS3({ name: S3_NAME });
});

beforeEach(async () => {
  services = await createTestServices({
    masks: { add: () => undefined, redact: (text) => text },
    environment: { AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey },
  });
  folder = await mkdtemp(path.join(server.directory, BUCKET, 'team-'));
  url = `s3://${BUCKET}/${path.basename(folder)}`;
});

afterEach(async () => {
  await rm(services.workingDirectory, { recursive: true, force: true });
});

describe('pruning on an S3 server', () => {
  it.each(['ignores', 'refuses'] as const)('that %s conditions takes the lock, and loses nothing', async (how) => {
    const proxy = await startCarelessS3(server, how);
    try {
      const open = () => openStore(url, { endpointUrl: proxy.url }, services);
      await publishAll(await open(), 'shop 0.1.0', 'shop 0.2.0', 'shop 0.3.0');
      const prune = async (version: string) => {
        const store = await open();
        const all = await store.upkeep.holdings(['shop']);
        return store.upkeep.remove(all.filter((holding) => holding.version === version));
      };
      await Promise.all([
        prune('0.1.0'),
        prune('0.2.0'),
        publishAll(await open(), 'shop 1.0.0'),
        publishAll(await open(), 'shop 2.0.0'),
      ]);
      const store = await open();
      expect(await holdingsOf(store)).toEqual(['2.0.0', '1.0.0', '0.3.0']);
      expect(await findingsOf(store)).toEqual([]);
      expect(await filesIn(folder)).toHaveLength(4);
    } finally {
      await proxy.close();
    }
  });

  it('that lets nobody delete says what is missing, and what is listed stays whole', async () => {
    await publishAll(await openStore(url, { endpointUrl: server.endpoint }, services), 'shop 1.0.0', 'shop 2.0.0');
    const proxy = await startFaultProxy(server.endpoint, ({ method, path: at }, moment) =>
      method === 'DELETE' && at.endsWith('.tgz') && moment === 'before'
        ? { status: 403, code: 'AccessDenied' }
        : undefined,
    );
    try {
      const store = await openStore(url, { endpointUrl: proxy.url }, services);
      const all = await store.upkeep.holdings(['shop']);
      const error = await store.upkeep.remove(all.filter(({ version }) => version === '1.0.0')).then(
        () => undefined,
        (reason: unknown) => reason as HelmCdError,
      );
      expect(error?.code).toBe('unauthorized');
      expect(error?.message).toContain('AccessDenied');
      expect(error?.hint).toContain('s3:DeleteObject');
      expect(await findingsOf(store)).toEqual(['in-flight']);
      expect(await holdingsOf(store)).toEqual(['2.0.0', '(1.0.0)']);
    } finally {
      await proxy.close();
    }
  });
});

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startRegistry, stopRegistry } from '../../tools/registry.mjs';
import { commitRanges } from '../../src/actions/deploy-chart/commit-ranges.js';
import type { ObjectChange } from '../../src/core/release-diff.js';
import { pushImage } from '../support/images.js';
import { createTestServices, type TestServices } from '../support/services.js';

jest.setTimeout(180_000);

const name = `commits-${process.pid}`;
let registry: Awaited<ReturnType<typeof startRegistry>>;
let services: TestServices;
beforeAll(async () => {
  registry = await startRegistry({ name });
  services = await createTestServices();
});
afterAll(async () => {
  await stopRegistry({ name });
});

const labels = (revision: string) => ({
  'org.opencontainers.image.revision': revision,
  'org.opencontainers.image.source': 'https://github.com/acme/api',
});
const change = (from: string, to: string): ObjectChange => ({
  kind: 'image',
  ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: '', name: 'api' },
  images: [{ container: 'api', from, to }],
  diff: '',
});

describe('the commits that new images bring', () => {
  it('are told by the labels, of an index as of an image by itself', async () => {
    const { host } = registry;
    await pushImage(host, 'acme/api', '1.0.0', [], { labels: labels('1111111aa') });
    await pushImage(host, 'acme/api', '1.1.0', ['linux/amd64', 'linux/arm64'], {
      labels: labels('2222222bb'),
      attestation: true,
    });
    const pair = change(`${host}/acme/api:1.0.0`, `${host}/acme/api:1.1.0`);
    expect(await commitRanges([pair, pair], services)).toEqual([
      `${host}/acme/api:1.1.0: https://github.com/acme/api/compare/1111111aa...2222222bb`,
    ]);
  });

  it('are none where a registry does not tell, and nothing waits for it', async () => {
    const { host } = registry;
    const changes = [
      change(`${host}/acme/api:1.0.0`, `${host}/acme/api:9.9.9`),
      change('127.0.0.1:1/acme/api:1.0.0', '127.0.0.1:1/acme/api:1.1.0'),
      change('', `${host}/acme/api:1.1.0`),
      change('not an image', 'not an image either'),
    ];
    expect(await commitRanges(changes, services)).toEqual([]);
  });
});

import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { S3Blobs } from '../../../src/stores/s3.js';
import { createTestServices, type TestServices } from '../../support/services.js';

const tagOf = (text: string) => `"${createHash('md5').update(text).digest('hex')}"`;

let services: TestServices;
let server: http.Server;
/** Body and tag of each answer in turn; the last one again and again. */
let answers: readonly (readonly [string, string])[];
let asked: number;

beforeEach(async () => {
  asked = 0;
  server = http.createServer((_, response) => {
    const [body, tag] = answers[Math.min(asked++, answers.length - 1)] ?? ['', ''];
    response.writeHead(200, { etag: tag, 'content-length': Buffer.byteLength(body) }).end(body);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  services = await createTestServices({
    masks: { add: () => undefined, redact: (text) => text },
    environment: { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
  });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await rm(services.workingDirectory, { recursive: true, force: true });
});

async function open(): Promise<S3Blobs> {
  const endpointUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return S3Blobs.open('s3://charts/team', { endpointUrl }, services);
}

async function read(blobs: S3Blobs): Promise<string> {
  const blob = await blobs.read('index.yaml');
  return `${Buffer.from(blob?.bytes ?? []).toString()} ${blob?.version ?? ''}`;
}

describe('an object and its ETag', () => {
  it('are read again when the content is still the old one, and the tag the new one', async () => {
    answers = [
      ['old', tagOf('new')],
      ['new', tagOf('new')],
    ];
    expect(await read(await open())).toBe(`new ${tagOf('new')}`);
    expect(asked).toBe(2);
  });

  it('are taken as they are where tags are no hashes of the content, which is found out once', async () => {
    const tag = `"${'0'.repeat(32)}"`;
    answers = [['text', tag]];
    const blobs = await open();
    expect(await read(blobs)).toBe(`text ${tag}`);
    expect(await read(blobs)).toBe(`text ${tag}`);
    expect(asked).toBe(3);
  });

  it.each([tagOf('text'), '"abc"', `"${'0'.repeat(32)}-3"`])('are read once with the tag %s', async (tag) => {
    answers = [['text', tag]];
    expect(await read(await open())).toBe(`text ${tag}`);
    expect(asked).toBe(1);
  });
});

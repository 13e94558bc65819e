/** What registries send to GitHub by themselves is what the relay would have sent. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { payloadOf } from '../../../src/relay/dispatcher.js';
import { projectRoot } from '../../support/services.js';
import { changed, type Json, parsed, recorded } from '../../support/relay-request.js';

const folder = path.join(projectRoot, 'examples/without-a-server');
const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8');
const json = (file: string): unknown => JSON.parse(read(file));

/** `$.detail.image-tag` */
function at(event: Json, jsonPath: string): string {
  expect(jsonPath).toMatch(/^\$(\.[\w-]+)+$/);
  const keys = jsonPath.split('.').slice(1);
  const value = keys.reduce<Json | undefined>(
    (inner, key) => (inner as Record<string, Json> | undefined)?.[key],
    event,
  );
  if (typeof value !== 'string') throw new Error(`${jsonPath} is no text`);
  return value;
}

interface Transformer {
  readonly InputPathsMap: Record<string, string>;
  readonly InputTemplate: string;
}

/** What EventBridge makes of an event (docs.aws.amazon.com: "Amazon EventBridge input transformation"). */
function transform({ InputPathsMap, InputTemplate }: Transformer, event: Json): unknown {
  const used = [...InputTemplate.matchAll(/<([\w-]+)>/g)].map(([, name]) => name);
  expect(new Set(used)).toEqual(new Set(Object.keys(InputPathsMap)));
  return JSON.parse(InputTemplate.replaceAll(/<([\w-]+)>/g, (_, name: string) => at(event, InputPathsMap[name] ?? '')));
}

/** Whether EventBridge's rule is for an event: exact values, and `anything-but`. */
function matches(pattern: Json, event: Json | undefined): boolean {
  if (Array.isArray(pattern)) {
    return pattern.some((allowed) => {
      if (typeof allowed !== 'object' || allowed === null) return event === allowed;
      const not = (allowed as { 'anything-but': Json[] })['anything-but'];
      return event !== undefined && !not.includes(event);
    });
  }
  return Object.entries(pattern as Record<string, Json>).every(([key, inner]) =>
    matches(inner, (event as Record<string, Json> | undefined)?.[key]),
  );
}

/** What the relay sends for a recorded call. */
function relayed(provider: string): unknown {
  const [push] = parsed(provider, recorded(provider)).pushes;
  return { event_type: 'image-pushed', client_payload: payloadOf(push!, push!.digest ?? '', provider) };
}

describe('ECR through EventBridge', () => {
  const event = recorded('ecr').body;
  const pattern = json('ecr/event-pattern.json') as Json;

  test('sends what the relay sends', () => {
    expect(transform(json('ecr/input-transformer.json') as Transformer, event)).toEqual(relayed('ecr'));
  });

  test.each([
    ['/detail/action-type', 'PUSH', true],
    ['/detail/action-type', 'DELETE', false],
    ['/detail/result', 'FAILURE', false],
    ['/detail/image-tag', '', false],
    ['/detail/image-tag', undefined, false],
    ['/detail/repository-name', 'acme/other', false],
    ['/detail-type', 'ECR Image Scan', false],
    ['/source', 'aws.s3', false],
  ])('%s %j: %s', (place, value, expected) => {
    expect(matches(pattern, changed(event, place, value))).toBe(expected);
  });
});

describe('S3 through EventBridge', () => {
  const event: Json = {
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '123456789012',
    time: '2026-11-12T00:00:00Z',
    region: 'eu-west-1',
    resources: ['arn:aws:s3:::acme-charts'],
    detail: {
      version: '0',
      bucket: { name: 'acme-charts' },
      object: {
        key: 'develop/index.yaml',
        size: 5,
        etag: 'b1946ac92492d2347c6235b4d2611184',
        sequencer: '00617F08299329D189',
      },
      'request-id': 'N4N7GDK58NMKJ12R',
      requester: '123456789012',
      'source-ip-address': '192.0.2.1',
      reason: 'PutObject',
    },
  };

  test('sends chart-published', () => {
    expect(transform(json('s3/input-transformer.json') as Transformer, event)).toEqual({
      event_type: 'chart-published',
      client_payload: {
        chart: {
          environment: 'develop',
          repository: 's3://acme-charts/develop',
          url: 's3://acme-charts/develop/index.yaml',
        },
      },
    });
  });

  test.each([
    ['develop/index.yaml', true],
    ['develop/shop-1.2.3.tgz', false],
    ['production/index.yaml', false],
  ])('%s: %s', (key, expected) => {
    expect(matches(json('s3/event-pattern.json') as Json, changed(event, '/detail/object/key', key))).toBe(expected);
  });
});

test('JFrog’s custom webhook sends what the relay sends', () => {
  const event = recorded('jfrog').body;
  const text = read('jfrog/payload.json').replaceAll(/\{\{ (\.[\w.]+) \}\}/g, (_, name: string) =>
    at(event, `$${name}`),
  );
  expect(JSON.parse(text)).toEqual(relayed('jfrog'));
});

test('docs/without-a-server.md shows the very files', () => {
  const text = readFileSync(path.join(projectRoot, 'docs/without-a-server.md'), 'utf8');
  for (const file of [
    'ecr/event-pattern.json',
    'ecr/input-transformer.json',
    's3/event-pattern.json',
    's3/input-transformer.json',
    'jfrog/payload.json',
  ]) {
    expect(text).toContain(read(file).trim());
  }
});

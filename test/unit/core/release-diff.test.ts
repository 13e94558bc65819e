import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { countOfChanges, diffReleases, formatDiff, imagesOf } from '../../../src/core/release-diff.js';
import { createSecretMarks } from '../../../src/core/secret-text.js';
import { hook, revision } from '../../support/releases.js';

const marks = createSecretMarks(['s3cr3t-value'], 'key');

function release(...objects: readonly object[]) {
  return revision({
    revision: 1,
    manifest: objects.map((object) => `---\n# Source: app/x.yaml\n${stringify(object)}`).join(''),
  });
}

const configMap = (name: string, data: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});
const secret = (data: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, ...data });
const deployment = (image: string, labels: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'api', labels },
  spec: { template: { spec: { containers: [{ name: 'api', image }] } } },
});

describe('diffReleases', () => {
  it('orders by risk: deleted, image, changed, created, labels', () => {
    const before = release(
      configMap('gone', {}),
      deployment('api:1'),
      configMap('changed', { a: '1' }),
      configMap('labelled', {}, { labels: { version: '1' } }),
    );
    const after = release(
      configMap('new', {}),
      configMap('changed', { a: '2' }),
      deployment('api:2'),
      configMap('labelled', {}, { labels: { version: '2' } }),
    );
    const changes = diffReleases(before, after, 'shop', marks);
    expect(changes.map(({ kind, ref }) => `${kind} ${ref.name}`)).toEqual([
      'deleted gone',
      'image api',
      'changed changed',
      'created new',
      'metadata labelled',
    ]);
    expect(changes[1]?.images).toEqual([{ container: 'api', from: 'api:1', to: 'api:2' }]);
    expect(countOfChanges(changes)).toBe('1 deleted, 1 with a new image, 1 changed, 1 created, 1 with new labels only');
  });

  it('finds nothing where only comments, key order or the namespace as written differ', () => {
    const before = revision({
      revision: 1,
      manifest: '---\n# Source: a\nkind: A\napiVersion: v1\nmetadata: {name: x, namespace: shop}\n',
    });
    const after = revision({
      revision: 2,
      manifest: '---\n# Source: b\nkind: A\napiVersion: v1\n# here\nmetadata:\n  name: x\n  namespace: shop\n',
    });
    expect(diffReleases(before, after, 'shop', marks)).toEqual([]);
  });

  it('takes an object of another API version of the same group for the same one', () => {
    const of = (version: string) =>
      release({ apiVersion: `policy/${version}`, kind: 'PodDisruptionBudget', metadata: { name: 'x' } });
    expect(diffReleases(of('v1beta1'), of('v1'), 'shop', marks).map(({ kind }) => kind)).toEqual(['changed']);
  });

  it('says that a kept object stays', () => {
    const kept = configMap('kept', {}, { annotations: { 'helm.sh/resource-policy': 'keep' } });
    expect(diffReleases(release(kept), release(), 'shop', marks).map(({ kind }) => kind)).toEqual(['kept']);
  });

  it('shows hooks, but not tests, which change with every version', () => {
    const job = (image: string) =>
      stringify({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'migrate' }, spec: { image } });
    const of = (image: string) =>
      revision({
        revision: 1,
        manifest: '',
        hooks: [
          hook({ manifest: job(image), events: ['pre-upgrade'] }),
          hook({ manifest: job(`${image}-test`).replace('migrate', 'test') }),
        ],
      });
    expect(diffReleases(of('a'), of('b'), 'shop', marks).map(({ kind, ref }) => `${kind} ${ref.name}`)).toEqual([
      'hook migrate',
    ]);
  });

  it('creates everything at the first install', () => {
    const changes = diffReleases(undefined, release(configMap('a', { x: '1' })), 'shop', marks);
    expect(formatDiff(changes, 'shop')).toContain(
      '--- /dev/null\n+++ next ConfigMap/a\n@@ -0,0 +1,6 @@\n+apiVersion: v1',
    );
  });

  it('takes the items of a List one by one', () => {
    const list = release({ apiVersion: 'v1', kind: 'List', items: [configMap('a', {}), configMap('b', {})] });
    expect(diffReleases(undefined, list, 'shop', marks).map(({ ref }) => ref.name)).toEqual(['a', 'b']);
  });
});

describe('secrets in a diff', () => {
  it('shows of a Secret only whether a value changed, and its length', () => {
    const before = release(secret({ data: { password: Buffer.from('hunter2').toString('base64'), user: 'YQ==' } }));
    const after = release(secret({ stringData: { password: 'hunter3', user: 'a' } }));
    const text = formatDiff(diffReleases(before, after, 'shop', marks), 'shop');
    expect(text).not.toMatch(/hunter|aHVudGVy/);
    expect(text).toMatch(/- {2}password: ‹secret [0-9a-f]{8}, 7 bytes›\n\+ {2}password: ‹secret [0-9a-f]{8}, 7 bytes›/);
    expect(text).toContain('   user: ‹secret');
  });

  it('hides a known secret wherever it surfaces, and still shows that it changed', () => {
    const both = createSecretMarks(['old-secret-1', 'new-secret-2'], 'key');
    const before = release(
      configMap('url', { a: 'db://u:old-secret-1@host', b: Buffer.from('old-secret-1').toString('base64') }),
    );
    const after = release(
      configMap('url', { a: 'db://u:new-secret-2@host', b: Buffer.from('new-secret-2').toString('base64') }),
    );
    const text = formatDiff(diffReleases(before, after, 'shop', both), 'shop');
    expect(text).not.toMatch(/old-secret|new-secret|b2xkLX|bmV3LX/);
    expect(text).toMatch(/- {2}a: db:\/\/u:‹secret [0-9a-f]{8}, 12 bytes›@host/);
    expect(text.match(/^[-+] {2}[ab]:/gm)).toHaveLength(4);
  });
});

describe('imagesOf', () => {
  it('finds containers anywhere, also in custom resources', () => {
    const content = {
      spec: {
        jobTemplate: {
          spec: {
            template: {
              spec: { initContainers: [{ name: 'i', image: 'x' }], containers: [{ name: 'c', image: 'y' }] },
            },
          },
        },
        sidecar: { containers: [{ name: 'no-image' }, 'odd'] },
      },
    };
    expect([...imagesOf(content)]).toEqual([
      ['i', 'x'],
      ['c', 'y'],
    ]);
  });
});

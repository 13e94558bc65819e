import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { parsePushedImage } from '../../../src/core/image-reference.js';
import { splitRender } from '../../../src/core/rendered-documents.js';
import { compareRenders, type RenderedImageChange, type RenderedImages } from '../../../src/core/rendered-images.js';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

/** helm's output for objects, each from its own template unless it says which. */
function render(...objects: readonly object[]): string {
  return objects.map((object, index) => `---\n# Source: shop/templates/t${index}.yaml\n${stringify(object)}`).join('');
}

function compare(before: string, after: string, ...images: readonly string[]): RenderedImages {
  const pushed = images.map((image) => parsePushedImage(image, 'image'));
  return compareRenders(splitRender(before), splitRender(after), 'shop', pushed);
}

function unusedOf(before: string, after: string, ...images: readonly string[]): readonly string[] {
  return compare(before, after, ...images).unused.map(({ name }) => name);
}

const container = (name: string, image: unknown, more: object = {}) => ({ name, image, ...more });
const pod = (...containers: readonly object[]) => ({ spec: { containers } });
const deployment = (template: object, more: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'shop', ...more },
  spec: { template },
});
const OLD = 'ghcr.io/acme/api:1.0.0';
const NEW = 'ghcr.io/acme/api:1.1.0';

describe('the images of rendered objects', () => {
  const custom = (spec: object) => ({ apiVersion: 'acme.io/v1', kind: 'Thing', metadata: { name: 'one' }, spec });
  const cases: readonly [string, (image: string) => object, Partial<RenderedImageChange>][] = [
    [
      'a Deployment',
      (image) => deployment(pod(container('web', 'nginx:1'), container('api', image))),
      { workload: 'Deployment/shop', container: 'api' },
    ],
    [
      'a Pod',
      (image) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, ...pod(container('api', image)) }),
      { workload: 'Pod/p', container: 'api' },
    ],
    [
      'a CronJob in another namespace',
      (image) => ({
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: 'nightly', namespace: 'jobs' },
        spec: { jobTemplate: { spec: { template: pod(container('api', image)) } } },
      }),
      { workload: 'CronJob/nightly in jobs', container: 'api' },
    ],
    [
      'a container called metadata',
      (image) => deployment(pod(container('metadata', image))),
      { container: 'metadata' },
    ],
    [
      'containers by name',
      (image) => custom({ containers: { api: { image } } }),
      { workload: 'Thing/one', container: 'api' },
    ],
    [
      'an init container',
      (image) => deployment({ spec: { initContainers: [container('migrate', image)], containers: [] } }),
      { container: 'migrate (init)' },
    ],
    [
      'an ephemeral container',
      (image) => deployment({ spec: { ephemeralContainers: [container('debug', image)] } }),
      { container: 'debug (ephemeral)' },
    ],
    [
      'a pod template deep in a custom resource',
      (image) => custom({ workers: [{ name: 'a', template: pod(container('api', image)) }] }),
      { workload: 'Thing/one', container: 'api' },
    ],
    ['an image of a custom resource itself', (image) => custom({ image }), { container: 'spec.image' }],
    [
      'a lone container of a workflow',
      (image) => custom({ container: { image } }),
      { container: 'spec.container.image' },
    ],
    ['a key that ends with image', (image) => custom({ sidecarImage: image }), { container: 'spec.sidecarImage' }],
    ['imageName', (image) => custom({ imageName: image }), { container: 'spec.imageName' }],
  ];
  it.each(cases)('are found in %s', (_, objectOf, expected) => {
    const { changes, unused } = compare(render(objectOf(OLD)), render(objectOf(NEW)), NEW);
    expect(changes).toEqual([expect.objectContaining({ from: OLD, to: NEW, ...expected })]);
    expect(unused).toEqual([]);
  });

  it('are joined where a custom resource keeps name, tag and digest apart', () => {
    const of = (tag: string, digest?: string) =>
      custom({ image: { registry: 'ghcr.io', repository: 'acme/api', tag, digest } });
    expect(compare(render(of('1.0.0')), render(of('1.1.0', DIGEST)), NEW).changes).toEqual([
      { workload: 'Thing/one', container: 'spec.image', from: OLD, to: `${NEW}@${DIGEST}` },
    ]);
  });

  it('are told apart when one object has two containers of a name', () => {
    const of = (image: string) =>
      custom({ head: { template: pod(container('api', image)) }, worker: { template: pod(container('api', image)) } });
    expect(compare(render(of(OLD)), render(of(NEW)), NEW).changes.map((change) => change.container)).toEqual([
      'spec.head.template.spec.containers.api',
      'spec.worker.template.spec.containers.api',
    ]);
  });

  it.each([
    ['a ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap', data: { image: 'IMAGE' } }],
    ['a Secret', { apiVersion: 'v1', kind: 'Secret', stringData: { image: 'IMAGE' } }],
    ['a CRD', { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', spec: { image: 'IMAGE' } }],
    ['labels', deployment(pod(), { labels: { image: 'IMAGE' } })],
    ['annotations', deployment(pod(), { annotations: { image: 'IMAGE' } })],
    ['a pull policy', custom({ imagePullPolicy: 'Always', image: { pullPolicy: 'IMAGE' } })],
  ])('are none in %s', (_, object) => {
    const of = (image: string) => render({ metadata: { name: 'x' }, ...object }).replaceAll('IMAGE', image);
    expect(compare(of(OLD), of(NEW)).changes).toEqual([]);
  });

  it('come and go with their containers and objects', () => {
    const before = render(deployment(pod(container('api', OLD), container('old', 'busybox:1'))));
    const after = render(deployment(pod(container('new', 'redis:8'), container('api', OLD))), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'extra' },
      ...pod(container('x', 'x:1')),
    });
    expect(compare(before, after).changes).toEqual([
      { workload: 'Deployment/shop', container: 'old', from: 'busybox:1', to: '' },
      { workload: 'Deployment/shop', container: 'new', from: '', to: 'redis:8' },
      { workload: 'Pod/extra', container: 'x', from: '', to: 'x:1' },
    ]);
  });

  it('follow a Job whose name has the version in it', () => {
    const job = (version: string, image: string) => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: `migrate-${version}` },
      spec: { template: pod(container('api', image)) },
    });
    expect(compare(render(job('1.0.0', OLD)), render(job('1.1.0', NEW))).changes).toEqual([
      { workload: 'Job/migrate-1.1.0', container: 'api', from: OLD, to: NEW },
    ]);
  });

  it('are compared object by object when a List holds them, or two have one name', () => {
    const hook = (image: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'h' },
      ...pod(container('c', image)),
    });
    const list = (...items: object[]) => render({ apiVersion: 'v1', kind: 'List', items });
    expect(compare(list(hook('a:1'), hook('b:1')), list(hook('a:1'), hook('b:2'))).changes).toEqual([
      { workload: 'Pod/h', container: 'c', from: 'b:1', to: 'b:2' },
    ]);
  });
});

describe('an image that changes no rendered manifest', () => {
  const labels = (version: string) => ({ labels: { 'helm.sh/chart': `shop-${version}` } });
  const web = container('web', 'ghcr.io/acme/web:1.1.0');

  it('is named, although the chart’s version in the labels is the same text', () => {
    const of = (version: string) => render(deployment({ metadata: labels(version), ...pod(web) }, labels(version)));
    expect(unusedOf(of('1.0.0'), of('1.1.0'), NEW)).toEqual(['ghcr.io/acme/api']);
  });

  it('is named, although another image gets the same tag', () => {
    const of = (tag: string) => render(deployment(pod(container('web', `ghcr.io/acme/web:${tag}`))));
    expect(unusedOf(of('1.0.0'), of('1.1.0'), NEW, 'ghcr.io/acme/web:1.1.0')).toEqual(['ghcr.io/acme/api']);
  });

  it('is named, although a tag that begins with its own shows', () => {
    const of = (tag: string) => render(deployment(pod(container('api', `ghcr.io/acme/api:${tag}`))));
    expect(unusedOf(of('1.0.0'), of('1.1.0-rc.1'), NEW)).toEqual(['ghcr.io/acme/api']);
  });

  const used: readonly [string, (image: string, tag: string) => object, string?][] = [
    ['from a mirror', (_, tag) => deployment(pod(container('api', `mirror.local:5000/acme/api:${tag}`)))],
    ['under another name', (_, tag) => deployment(pod(container('api', `mirror.local/x:${tag}`)))],
    ['in an argument', (image) => deployment(pod(container('op', 'op:1', { args: [`--sidecar=${image}`] })))],
    ['in a variable', (image) => deployment(pod(container('op', 'op:1', { env: [{ name: 'IMAGE', value: image }] })))],
    [
      'in a ConfigMap',
      (image) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'c' },
        data: { 'a.yaml': `image: ${image}\n` },
      }),
    ],
    [
      'as a tag alone',
      (_, tag) => ({ apiVersion: 'acme.io/v1', kind: 'Thing', metadata: { name: 'c' }, spec: { version: tag } }),
    ],
  ];
  it.each(used)('is none that shows %s', (_, objectOf) => {
    expect(unusedOf(render(objectOf(OLD, '1.0.0')), render(objectOf(NEW, '1.1.0')), NEW)).toEqual([]);
  });

  it('is none in a chart that renders nothing', () => {
    expect(unusedOf('', '', NEW)).toEqual([]);
  });

  it('is none that shows by its digest alone', () => {
    const after = `ghcr.io/acme/api@${DIGEST}`;
    const of = (image: string) => render(deployment(pod(container('api', image))));
    expect(unusedOf(of(OLD), of(after), `${NEW}@${DIGEST}`)).toEqual([]);
    expect(unusedOf(of(after), of(after), `${NEW}@${DIGEST}`)).toEqual(['ghcr.io/acme/api']);
  });
});

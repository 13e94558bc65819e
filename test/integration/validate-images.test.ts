/** References of images in what is rendered, and tags in values files that are no text. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { webChart, writeFiles, type Files } from '../support/charts.js';
import { temporaryFolder } from '../support/services.js';
import { validate } from '../support/validate.js';

jest.setTimeout(180_000);

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder('helm-cd-images-');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function check(files: Files, helmVersion = '4'): Promise<readonly string[]> {
  await writeFiles(path.join(folder, 'charts/web'), { ...webChart(), ...files });
  const values = Object.keys(files)
    .filter((file) => file.startsWith('env/'))
    .map((file) => `charts/web/${file}`);
  const result = await validate(folder, { helmVersion, charts: ['charts/web'], values, missingSchemas: 'ignore' });
  return result.lines.map((line) => line.replace('charts/web/', ''));
}

const pod = (list: string, image: string) => ({
  'templates/pod.yaml': `apiVersion: v1
kind: Pod
metadata:
  name: x
spec:
  containers:
    - name: a
      image: ghcr.io/acme/a:1.0.0
  ${list}:
    - name: b
      image: ${image}
`,
});

const LATER = 'what runs changes without a new chart, and a rollback does not bring it back';

describe('a reference', () => {
  it.each<[string, string]>([
    ['nginx', `warning image-tag spec.initContainers[0].image has no tag: ${LATER}`],
    ['"registry.example.com:5000/acme/nginx"', `warning image-tag spec.initContainers[0].image has no tag: ${LATER}`],
    ['nginx:latest', `warning image-tag spec.initContainers[0].image has the tag latest: ${LATER}`],
    ['ghcr.io/Acme/api:1.0.0', 'error bad-image spec.initContainers[0].image is no reference of an image'],
    ['"ghcr.io/acme/api :1.0.0"', 'error bad-image spec.initContainers[0].image is no reference of an image'],
    ['"ghcr.io/acme/api:"', 'error bad-image spec.initContainers[0].image is no reference of an image'],
    ['ghcr.io/acme/api::1.0.0', 'error bad-image spec.initContainers[0].image is no reference of an image'],
    ['ghcr.io/acme/api:v1:1.0.0', 'error bad-image spec.initContainers[0].image is no reference of an image'],
    ['https://ghcr.io/acme/api:1.0.0', 'error bad-image spec.initContainers[0].image is no reference of an image'],
    ['ghcr.io/acme/api@sha256:abc', 'error bad-image spec.initContainers[0].image is no reference of an image'],
    ['ghcr.io/acme/api:1.0+build', 'error bad-image spec.initContainers[0].image is no reference of an image'],
    ['"/api:1.0.0"', 'error bad-image spec.initContainers[0].image is no reference of an image'],
  ])('%s is told', async (image, line) => {
    expect(await check(pod('initContainers', image))).toEqual([`templates/pod.yaml:11 ${line}`]);
  });

  it.each([
    'nginx:1.27',
    'localhost/nginx:1.27',
    'LOCALHOST:5000/nginx:1.27',
    'registry.example.com:5000/a/b/c:v1',
    `nginx@sha256:${'a'.repeat(64)}`,
    `nginx:latest@sha256:${'a'.repeat(64)}`,
    'my_registry/my__image:1',
  ])('%s is good', async (image) => {
    expect(await check(pod('initContainers', image))).toEqual([]);
  });

  it('is looked at in every workload, but not in what only calls something an image', async () => {
    const template = (name: string) =>
      `template:\n    metadata: {labels: {app: ${name}}}\n    spec:\n      restartPolicy: Never\n      containers:\n        - name: a\n          image: Bad/Image\n`;
    const lines = await check({
      'templates/job.yaml': `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: j\nspec:\n  ${template('j')}`,
      'templates/cron.yaml': `apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: c\nspec:\n  schedule: "* * * * *"\n  jobTemplate:\n   spec:\n    ${template('c').replaceAll('\n', '\n  ').trimEnd()}\n`,
      'templates/custom.yaml':
        'apiVersion: example.com/v1\nkind: Site\nmetadata:\n  name: s\nspec:\n  image: Bad/Image\n',
    });
    expect(lines).toEqual([
      'templates/cron.yaml:15 error bad-image spec.jobTemplate.spec.template.spec.containers[0].image is no reference of an image',
      'templates/job.yaml:12 error bad-image spec.template.spec.containers[0].image is no reference of an image',
    ]);
  });

  it('that is a number is of the wrong type', async () => {
    expect(await check(pod('initContainers', '1.5'))).toEqual([
      'templates/pod.yaml:11 error wrong-type spec.initContainers[0].image is a number, must be text: quote it',
    ]);
  });
});

describe.each(['4', '3'])('a tag that YAML reads as a number, with helm %s', (helmVersion) => {
  const changed = (path_: string) =>
    `error number-as-tag value ${path_}: YAML reads this tag as a number, and the rendered image has another tag than is written here`;
  const lucky = (path_: string) => `warning number-as-tag value ${path_}: YAML reads this tag as a number`;
  const values = (tag: string) => (webChart()['values.yaml'] ?? '').replace('tag: 1.0.0', `tag: ${tag}`);

  it.each<[string, string | undefined]>([
    ['1.10', changed('image.tag')],
    ['1.0', changed('image.tag')],
    ['0123', changed('image.tag')],
    ['1e3', changed('image.tag')],
    ['1_000', changed('image.tag')],
    ['1.25', lucky('image.tag')],
    ['17', lucky('image.tag')],
    ['"1.10"', undefined],
    ['v1.10', undefined],
    ['1.10.0', undefined],
    ['2024-01-01', undefined],
  ])('%s in values.yaml', async (tag, line) => {
    const lines = await check({ 'values.yaml': values(tag) }, helmVersion);
    expect(lines).toEqual(line === undefined ? [] : [`values.yaml:4 ${line}`]);
  });

  it.each<[string, string]>([
    ['1.10', changed('image.tag')],
    ['20240101', changed('image.tag')],
    ['123456', lucky('image.tag')],
  ])('%s in a file of an environment', async (tag, line) => {
    const lines = await check(
      { 'values.yaml': values('0123'), 'env/dev.yaml': `port: 80\nimage: {tag: ${tag}}\n` },
      helmVersion,
    );
    // Of 2.0240101e+07 the image and its label are wrong as well.
    expect(lines.filter((other) => !other.startsWith('templates/'))).toEqual([`env/dev.yaml:2 ${line}`]);
  });

  it('is told in Chart.yaml as well, where it is the application version', async () => {
    const lines = await check(
      {
        'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\nicon: https://example.com/i.svg\nappVersion: 1.10\n',
      },
      helmVersion,
    );
    expect(lines).toEqual(["Chart.yaml:5 error lint appVersion should be of type string but it's of type float64"]);
  });
});

/** Charts that people use, all their sets of values: nothing is found that is not there. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { createHelm } from '../../src/helm/helm.js';
import { realCharts } from '../support/rendered-charts.js';
import { createTestServices, temporaryFolder, type TestServices } from '../support/services.js';
import { validate } from '../support/validate.js';

jest.setTimeout(300_000);

/** What is so in these charts, looked at one by one. */
const TRUE_ONES = [
  // The test that `helm create` makes runs an image without a tag.
  /^created\/templates\/tests\/test-connection\.yaml:\d+ warning image-tag spec\.containers\[0\]\.image has no tag/,
];

let services: TestServices;
let folder: string;
beforeAll(async () => {
  services = await createTestServices();
  folder = await temporaryFolder('helm-cd-real-');
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(services.workingDirectory, { recursive: true, force: true });
});

it('are valid', async () => {
  const helm = createHelm(await services.tools.helm('4'), services);
  const made = path.join(folder, 'made');
  const lines: string[] = [];
  let renders = 0;
  // The example's sibling charts are validated with it elsewhere.
  const charts = (await realCharts(helm, made)).filter((chart) => !chart.name.startsWith('examples/'));
  for (const chart of charts) {
    const name = path.basename(chart.folder);
    const work = path.join(folder, `work-${renders}`);
    await cp(chart.folder, path.join(work, name), { recursive: true });
    for (const values of chart.values) {
      renders++;
      const result = await validate(work, {
        charts: [name],
        values,
        kubernetesVersions: ['1.28', '1.36'],
        missingSchemas: 'ignore',
      });
      const set = values.map((file) => path.basename(file)).join(' ');
      lines.push(...result.lines.map((line) => `${line}${set === '' ? '' : ` (${set})`}`));
    }
  }
  console.log(`${renders} sets of values of real charts`);
  expect(lines.filter((line) => !TRUE_ONES.some((known) => known.test(line)))).toEqual([]);
});

/** The verdict of the schemas and rules against that of the real API server, on objects that were changed at random. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { createLimiter } from '../../src/core/concurrency.js';
import { splitRender } from '../../src/core/rendered-documents.js';
import { parseKubernetesYaml } from '../../src/schemas/kubernetes-yaml.js';
import { openSchemaPacks } from '../../src/schemas/packs.js';
import { createSchemaLibrary } from '../../src/schemas/validator.js';
import { createRenderChecker } from '../../src/validation/check-render.js';
import { changeAt, pathsOf, randomFrom } from '../support/changed-objects.js';
import { webChart, writeFiles } from '../support/charts.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { projectRoot, temporaryFolder, toolchainBin } from '../support/services.js';

const CHANGES = 150;
/** What the API server lets through although it cannot be meant: docs/validation.md says why these are errors here. */
const STRICTER = /a list has no empty items|names a port that/;

let cluster: TestCluster;
let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  cluster = await startCluster('validate-oracle');
}, 120_000);
afterAll(async () => {
  await cluster.down();
  await rm(folder, { recursive: true, force: true });
});

function change(object: unknown, random: () => number): unknown {
  const paths = pathsOf(object).filter(([root]) => root === 'spec' || root === 'data' || root === 'rules');
  return changeAt(object, paths[Math.floor(random() * paths.length)] ?? [], random);
}

/** Whether the API server takes the object, with its reason when it does not. */
async function serverSays(object: unknown): Promise<string> {
  return new Promise((resolve) => {
    const args = [
      'create',
      '--dry-run=server',
      '--validate=strict',
      '--filename=-',
      `--kubeconfig=${cluster.kubeconfig}`,
    ];
    const child = execFile(path.join(toolchainBin, 'kubectl'), args, { timeout: 30_000 }, (error, _out, stderr) =>
      resolve(error === null ? '' : stderr.trim()),
    );
    child.stdin?.end(JSON.stringify(object));
  });
}

it('agrees with the API server', async () => {
  await writeFiles(path.join(folder, 'web'), webChart());
  const render = await cluster.helm(
    'helm',
    'template',
    'web',
    path.join(folder, 'web'),
    '--set',
    'ingress.enabled=true',
  );
  const objects = splitRender(render).map(({ text }) => parseKubernetesYaml(text));
  const random = randomFrom(42);
  const changed = Array.from({ length: CHANGES }, () => change(objects[Math.floor(random() * objects.length)], random));
  const options = { strict: true, missingSchemas: 'error', deprecations: 'off', skipKinds: [] } as const;
  const checker = createRenderChecker(createSchemaLibrary(openSchemaPacks(projectRoot), true), [], options);
  const limit = createLimiter(2);
  const verdicts = await Promise.all(
    [...objects, ...changed].map((object) =>
      limit(async () => {
        const text = JSON.stringify(object);
        const report = await checker.check(`---\n# Source: c/templates/a.yaml\n${text}\n`, 36, 'no-release');
        const ours = report.findings.filter(({ level }) => level === 'error').map(({ message }) => message);
        return { text, ours, server: await serverSays(object) };
      }),
    ),
  );
  const tooStrict = verdicts.filter(
    ({ ours, server }) => server === '' && ours.some((message) => !STRICTER.test(message)),
  );
  const missed = verdicts.filter(({ ours, server }) => server !== '' && ours.length === 0);
  console.log(
    `${verdicts.length} objects, ${tooStrict.length} refused by us alone, ${missed.length} by the API server alone`,
  );
  for (const { server } of missed) console.log(server.slice(0, 300));
  expect(tooStrict).toEqual([]);
  expect(missed.length / verdicts.length).toBeLessThan(0.05);
  expect(verdicts.slice(0, objects.length).flatMap(({ ours }) => ours)).toEqual([]);
}, 240_000);

/** The rules beyond the schemas, on objects that are odd in one thing each, held against the real API server. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openSchemaPacks } from '../../src/schemas/packs.js';
import { createSchemaLibrary } from '../../src/schemas/validator.js';
import { createRenderChecker } from '../../src/validation/check-render.js';
import { openApiServer, type ApiServer } from '../support/api-server.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { ODD_OBJECTS } from '../support/odd-objects.js';
import { projectRoot } from '../support/services.js';

/** What the API server takes although it cannot be meant. */
const REFUSED_BY_US_ALONE: Readonly<Record<string, string>> = {
  'pod probe named port none': 'the probe never succeeds',
  'pod env twice': 'server-side apply, which helm 4 uses, refuses it',
  'pod image inner space': 'no container runtime can pull it',
  'pod image upper': 'no container runtime can pull it',
};

/** What only the API server refuses: rare, or known to the cluster alone. */
const REFUSED_BY_THE_SERVER_ALONE: Readonly<Record<string, string>> = {
  'meta ownerRef no uid': 'charts have no uids to write',
  'pod lifecycle sleep': 'depends on the grace period',
  'pod resources ext fraction': 'whether a resource can be shared is its own affair',
  'pod resources hugepages': 'rare',
  'pod sysctl': 'rare',
  'pod windows': 'Windows',
  'job managedBy': 'rare',
  'HorizontalPodAutoscaler min 0 external': 'allowed by the feature HPAScaleToZero',
  'NetworkPolicy except': 'needs arithmetic with addresses',
};

let cluster: TestCluster;
let server: ApiServer;
beforeAll(async () => {
  cluster = await startCluster('validate-rules');
  server = await openApiServer(cluster.kubeconfig);
}, 120_000);
afterAll(async () => {
  await server.close();
  await cluster.down();
});

it('refuse what the API server refuses, and nothing else', async () => {
  const options = { strict: true, missingSchemas: 'error', deprecations: 'off', skipKinds: [] } as const;
  const checker = createRenderChecker(createSchemaLibrary(openSchemaPacks(projectRoot), true), [], options);
  const differences = { ours: [] as string[], server: [] as string[] };
  for (const [name, object] of ODD_OBJECTS) {
    const { findings } = await checker.check(
      `---\n# Source: c/templates/a.yaml\n${JSON.stringify(object)}\n`,
      36,
      'no-release',
    );
    const ours = findings.filter(({ level }) => level === 'error').map(({ message }) => message);
    const said = await server.says(object);
    if (ours.length > 0 && said === '') differences.ours.push(name);
    if (ours.length === 0 && said !== '') differences.server.push(name);
  }
  console.log(
    `${ODD_OBJECTS.length} objects, ${differences.ours.length} refused by us alone, ${differences.server.length} by the API server alone`,
  );
  expect(differences.ours.sort()).toEqual(Object.keys(REFUSED_BY_US_ALONE).sort());
  expect(differences.server.sort()).toEqual(Object.keys(REFUSED_BY_THE_SERVER_ALONE).sort());
}, 240_000);

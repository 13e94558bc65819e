import type { BumpPlan } from '../../core/bump-request.js';
import { commitMessage } from '../../core/commit-message.js';
import { canonicalImageName } from '../../core/image-reference.js';
import type { BranchHead } from '../../core/repository-branch.js';
import type { BumpInputs } from './inputs.js';
import { planAt } from './plan.js';
import { outcomeOf } from './report.js';
import { resolveRequest } from './scopes.js';
import { planLines } from './summary.js';

const NAME = canonicalImageName('example');

const FILES: ReadonlyMap<string, string> = new Map([
  ['charts/example/Chart.yaml', 'apiVersion: v2\nname: example\nversion: 1.0.0\nappVersion: 1.0.0\n'],
  ['charts/example/values.yaml', `# Values\nimage:\n  repository: ${NAME}\n  tag: 1.0.0\nports: []\nlist:\n  - "a"\n`],
]);

const INPUTS: BumpInputs = {
  images: [{ name: NAME, tag: '1.0.1' }],
  config: '',
  environment: '',
  repository: '',
  branch: '',
  token: '',
  chart: '',
  targets: [],
  strategy: 'direct',
  autoMerge: false,
  mergeMethod: '',
  labels: [],
  chartVersion: 'patch',
  appVersion: 'auto',
  allowDowngrade: false,
  verify: undefined,
  dispatch: '',
  commitMessage: '',
  serverUrl: '',
  apiUrl: '',
  graphqlUrl: '',
  helmVersion: '',
  dryRun: false,
  retryTimeoutMs: 0,
};

const ORIGIN = { repository: '', commit: '', run: '', runNumber: '', workflow: '', id: '' };

/**
 * Plans the bump of an example: JavaScript is compiled when it first runs, which takes longer than the bump itself, and
 * while the server is waited for there is time for it. Nothing is read, asked or written.
 */
export async function warmUp(): Promise<BumpPlan> {
  const head: BranchHead = {
    branch: 'main',
    oid: '0'.repeat(40),
    entries: [...FILES.keys()].map((path) => ({ path, mode: '100644' })),
    read: () => Promise.resolve(FILES),
    commits: () => Promise.resolve([]),
    earlier: (path) => Promise.resolve([FILES.get(path) ?? '']),
    export: () => Promise.resolve(),
  };
  const { plan } = await planAt(head, (commit) => resolveRequest(INPUTS, commit), {
    ours: ORIGIN,
    lookUp: () => Promise.resolve({ versions: [] }),
  });
  planLines(plan);
  commitMessage(plan, { ...ORIGIN, environment: '', branch: head.branch }, '');
  const nothing = { repository: '', environment: '', commit: '', commitUrl: '', verified: undefined, dispatched: '' };
  outcomeOf({ ...nothing, result: 'bumped', branch: head.branch, plan, images: [], attempts: 1 }, []);
  return plan;
}

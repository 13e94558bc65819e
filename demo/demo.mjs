// `npm run demo`: a new image travels through helm-cd's own actions into a real cluster. Four stories, all on this machine.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describe } from './lib/describe.mjs';
import { helm, history } from './lib/helm.mjs';
import { diffIn, evidenceIn } from './lib/markdown.mjs';
import { createPrinter } from './lib/print.mjs';
import { areBuilt } from './lib/released.mjs';
import { reportReleases } from './lib/report.mjs';
import { stories, StoryError } from './lib/stories.mjs';
import { createWorld, shop } from './lib/world.mjs';

const project = fileURLToPath(new URL('..', import.meta.url));
const output = path.join(project, '.toolchain', 'run', 'demo');
const printer = createPrinter();

function readOptions() {
  try {
    return parseArgs({ options: { keep: { type: 'boolean', default: false } } }).values;
  } catch (error) {
    printer.error(`${error.message}\nUsage: npm run demo [-- --keep]`);
    process.exit(1);
  }
}

/** Ctrl-C and the like: end what is running, so that `finally` can clean up. */
function interruptions() {
  const controller = new AbortController();
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ]) {
    process.on(name, () => {
      if (controller.signal.aborted) return printer.note('still cleaning up …');
      process.exitCode = code;
      controller.abort(new Error('interrupted'));
    });
  }
  return controller.signal;
}

const signal = interruptions();

/** What the runner does: a line for each step as it ends. */
const listener = {
  onRun: ({ workflow }) => printer.now(workflow),
  onStep(step) {
    const row = signal.aborted ? undefined : describe(step);
    if (row) printer.row(row);
  },
};

const tell = {
  note: printer.note,
  evidence: (markdown) => printer.block(evidenceIn(markdown)),
  plan: (markdown) => printer.block(diffIn(markdown)),
};

async function timed(what, text, work) {
  const started = performance.now();
  const result = await work();
  printer.row({ ok: true, what, text, seconds: (performance.now() - started) / 1000 });
  return result;
}

async function showReleases(world) {
  printer.title('What runs now');
  const releases = JSON.parse(await helm(world, 'list', '--all-namespaces', '--output', 'json'));
  printer.table([
    ['NAMESPACE', 'RELEASE', 'REVISION', 'STATUS', 'CHART'],
    ...releases.map(({ namespace, name, revision, status, chart }) => [namespace, name, revision, status, chart]),
  ]);
  printer.line();
  printer.title(`The history of ${shop.release} in ${shop.namespaces.develop}`);
  const revisions = await history(world, shop.release, shop.namespaces.develop);
  printer.table([
    ['REVISION', 'STATUS', 'CHART', 'DESCRIPTION'],
    ...revisions.map(({ revision, status, chart, description }) => [
      String(revision),
      status,
      chart,
      // Digests and commits in the length in which people tell them apart.
      description.replace(/\b[0-9a-f]{40,64}\b/g, (hex) => hex.slice(0, hex.length === 40 ? 7 : 12)),
    ]),
  ]);
  printer.line();
}

async function main({ keep }) {
  const started = performance.now();
  if (!(await areBuilt())) {
    printer.error('dist/index.js is missing: run `npm run build` first');
    process.exitCode = 1;
    return;
  }
  const { world, start, stop } = createWorld({ output, signal, log: printer.progress, listener });
  let current = 'Starting';
  let done = false;
  let kept = false;
  let page = '';
  try {
    printer.title('A cluster, S3, an image registry, the relay, a GitHub and its runner, all on this machine');
    await timed('start', '', start);
    for (const [number, { title, run }] of Object.values(stories).entries()) {
      current = title;
      printer.line();
      printer.title(`${number + 1}. ${title}`);
      await run({ world, tell });
    }
    printer.line();
    await showReleases(world);
    const report = await timed('report', '', () => reportReleases(world));
    printer.note(report.line);
    page = report.page;
    done = true;
    kept = keep;
  } catch (error) {
    printer.line();
    if (signal.aborted) {
      printer.error(`${current}: interrupted`);
    } else {
      process.exitCode = 1;
      printer.error(`${current}: ${error.message}`);
      if (error instanceof StoryError) printer.block(await error.tail());
      else printer.block(error.details ?? error.stack);
    }
  } finally {
    printer.now('cleaning up');
    await stop({ keepCluster: kept }).catch((error) => {
      process.exitCode = 1;
      printer.error(error.message);
    });
  }
  const relative = (file) => path.relative(process.cwd(), file) || '.';
  printer.line(
    `Job summaries: ${relative(path.join(output, 'summaries'))}   logs: ${relative(path.join(output, 'logs'))}`,
  );
  if (page !== '') printer.line(`What runs, and where it came from: ${relative(page)}`);
  if (kept) {
    printer.line(`The cluster runs on:  export KUBECONFIG=${world.kubeconfig}`);
    printer.line(`Stop it:              node tools/cluster.mjs down --name ${world.name}`);
  }
  if (done) printer.line(`Done in ${Math.round((performance.now() - started) / 1000)} s.`);
}

await main(readOptions());
// Something may still be building in the background after an interruption.
process.exit();

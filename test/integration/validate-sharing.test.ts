/** Which renders are made and checked once for several environments and Kubernetes versions. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Processes } from '../../src/core/ports.js';
import { createProcesses } from '../../src/runtime/processes.js';
import { edit, webChart, writeFiles, type Files } from '../support/charts.js';
import { temporaryFolder, toolchainBin } from '../support/services.js';
import { validate } from '../support/validate.js';

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const VERSIONS = ['1.34', '1.35', '1.36'];

/** helm-cd.yaml with environments, each with its values file or none. */
function config(environments: Readonly<Record<string, string>>, more = ''): string {
  const lines = Object.entries(environments).map(
    ([name, values]) =>
      `  ${name}: { branch: ${name}, repository: 'file:///tmp/none', kubernetes: ['1.34', '1.35', '1.36']${values === '' ? '' : `, values: [${values}]`}${more} }`,
  );
  return `charts:\n  web: { path: charts/web }\nenvironments:\n${lines.join('\n')}\n`;
}

async function write(helmCd: string, files: Files = {}): Promise<void> {
  await writeFiles(folder, { 'helm-cd.yaml': helmCd });
  await writeFiles(path.join(folder, 'charts/web'), { ...webChart(), ...files });
}

/** The commands of helm that were run, and how many of them at most at the same time. */
function countingProcesses() {
  const processes = createProcesses(
    { PATH: `${toolchainBin}${path.delimiter}${process.env['PATH'] ?? ''}`, HOME: folder },
    new AbortController().signal,
  );
  const commands: string[] = [];
  let running = 0;
  let most = 0;
  const counting: Processes = {
    ...processes,
    async run(program, args, options) {
      const command = args.find((word) => word === 'template' || word === 'lint');
      if (command !== undefined) commands.push(command);
      most = Math.max(most, ++running);
      try {
        return await processes.run(program, args, options);
      } finally {
        running--;
      }
    },
  };
  const count = (command: string) => commands.filter((item) => item === command).length;
  return { processes: counting, count, most: () => most };
}

async function run() {
  const { processes, count, most } = countingProcesses();
  const result = await validate(folder, {}, { processes });
  const [chart] = result.document['charts'] as { renders: number; checked: number; cells: unknown[] }[];
  return {
    ...result,
    cells: chart?.cells.length,
    renders: chart?.renders,
    checked: chart?.checked,
    templates: count('template'),
    lints: count('lint'),
    most: most(),
  };
}

const THREE = { develop: 'env/develop.yaml', staging: 'env/staging.yaml', production: 'env/production.yaml' };
const overlays: Files = {
  'env/develop.yaml': 'replicas: 1\n',
  'env/staging.yaml': 'replicas: 2\n',
  'env/production.yaml': 'replicas: 3\n',
};

describe('a chart that asks nothing about the cluster', () => {
  it('is rendered once for each environment, and checked for each version', async () => {
    await write(config(THREE), overlays);
    const result = await run();
    expect(result.lines).toEqual([]);
    expect(result).toMatchObject({ cells: 9, renders: 3, checked: 9, templates: 3, lints: 3 });
  });

  it('is rendered, linted and checked once for environments that set the same, findings told for all of them', async () => {
    await write(config({ ...THREE, qa: 'env/qa.yaml' }), { ...overlays, 'env/qa.yaml': 'replicas: 2\n' });
    await edit(path.join(folder, 'charts/web/templates/service.yaml'), 'port: 80', 'prot: 80');
    const result = await run();
    expect(result).toMatchObject({ cells: 12, renders: 3, checked: 9, lints: 3 });
    expect(result.lines).toContain(
      'charts/web/templates/service.yaml:8 error unknown-field unknown field spec.ports[0].prot, did you mean "port"?',
    );
    const [finding] = result.findings.filter(({ rule }) => rule === 'unknown-field');
    expect(finding?.cells).toHaveLength(12);
  });

  it('is rendered for each environment whose release or namespace is its own', async () => {
    await write(config({ a: '', b: '' }).replace('branch: b,', "branch: b, cluster: { namespace: 'other' },"));
    expect(await run()).toMatchObject({ cells: 6, renders: 2, checked: 3, lints: 2 });
  });

  it('has the faults of each environment at its own file, though the files say the same', async () => {
    await write(config({ a: 'env/a.yaml', b: 'env/b.yaml' }), { 'env/a.yaml': 'a: [\n', 'env/b.yaml': 'a: [\n' });
    const { lines } = await run();
    expect(lines.map((line) => line.split(' ').slice(0, 3).join(' ')).sort()).toEqual([
      expect.stringMatching(/^charts\/web\/env\/a\.yaml(?::\d)? error values-file/),
      expect.stringMatching(/^charts\/web\/env\/b\.yaml(?::\d)? error values-file/),
    ]);
  });
});

describe('a chart that asks about the cluster', () => {
  const asking = (condition: string): Files => ({
    'templates/extra.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ include "web.fullname" . }}-extra\ndata:\n  answer: {{ ${condition} | quote }}\n`,
  });

  it('what all versions answer alike is rendered once for them', async () => {
    await write(config({ develop: '' }), asking('.Capabilities.APIVersions.Has "policy/v1"'));
    expect(await run()).toMatchObject({ renders: 1, checked: 3, templates: 1 });
  });

  it('what they answer differently is rendered for each answer', async () => {
    await write(config({ develop: '' }), asking('semverCompare ">=1.35-0" .Capabilities.KubeVersion.Version'));
    expect(await run()).toMatchObject({ renders: 2, checked: 3, templates: 2 });
  });

  it('more than that is rendered for each version; what comes out the same for a minor is checked once', async () => {
    const same = config({ develop: '' }).replace("'1.34', '1.35', '1.36'", "'1.36.0', '1.36.1', '1.35'");
    await write(same, asking('regexMatch "^v1" .Capabilities.KubeVersion.Version'));
    expect(await run()).toMatchObject({ cells: 3, renders: 3, checked: 2, templates: 3 });
  });

  it('in a values file that is read as a template counts as well', async () => {
    const reading = { 'templates/extra.yaml': asking('tpl .Values.expression .')['templates/extra.yaml'] ?? '' };
    await write(config({ a: '../../env/a.yaml', b: '../../env/b.yaml' }), reading);
    await writeFiles(folder, {
      'env/a.yaml': "expression: '{{ .Capabilities.KubeVersion.Version }}'\n",
      'env/b.yaml': 'expression: none\n',
    });
    expect(await run()).toMatchObject({ cells: 6, renders: 4 });
  });
});

it('runs no more calls of helm at the same time than there are processors', async () => {
  await write(config(THREE), {
    ...overlays,
    'templates/extra.yaml': '{{/* {{ .Capabilities }} */}}\n',
  });
  const { most, renders, lints } = await run();
  expect(renders).toBe(3 * VERSIONS.length);
  expect(lints).toBe(3);
  expect(most).toBeLessThanOrEqual(os.availableParallelism());
  expect(most).toBeGreaterThan(0);
});

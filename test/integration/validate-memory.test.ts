/** Charts that are far too large: they are checked like others, in bounded memory. A bound of memory, not of time. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFiles, type Files } from '../support/charts.js';
import { compileSources, startAction, type CompiledSources } from '../support/compiled.js';
import { temporaryFolder, toolchainBin } from '../support/services.js';

const MIB = 1024 ** 2;

let sources: CompiledSources;
beforeAll(async () => {
  sources = await compileSources();
}, 180_000);
afterAll(() => sources.remove());

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const config = (data: string, name = 'a') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  ${data}\n`;

interface Measured {
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** The most memory that our own process had, in MiB. */
  readonly peak: number;
}

async function measure(files: Files, inputs: Readonly<Record<string, string>> = {}): Promise<Measured> {
  await writeFiles(path.join(folder, 'big'), {
    'Chart.yaml': 'apiVersion: v2\nname: big\nversion: 0.1.0\nicon: https://example.com/i.svg\n',
    ...files,
  });
  const probe = path.join(folder, 'probe.cjs');
  await writeFile(
    probe,
    // Not maxRSS, which begins with what the process had that started this one.
    `process.on('exit', () => {
      const { readFileSync, writeFileSync } = require('node:fs');
      writeFileSync(process.env.PEAK, /^VmHWM:\\s*(\\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
    });`,
  );
  const running = await startAction(sources, 'validate-chart', { charts: 'big', ...inputs }, folder, {
    PATH: `${toolchainBin}:${process.env['PATH'] ?? ''}`,
    NODE_OPTIONS: `--require ${probe}`,
    PEAK: path.join(folder, 'peak'),
  });
  const { log, outputs, summary } = await running.result;
  expect(log).not.toContain('A defect of helm-cd');
  return { log, outputs, summary, peak: Number(await readFile(path.join(folder, 'peak'), 'utf8')) / 1024 };
}

/** Fifty lines of a megabyte are what nobody reads; a file or a message that holds them would be. */
async function reportsAreShort(): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    if (!/result\.json$|summary\.md$/.test(name)) continue;
    expect((await readFile(path.join(folder, name))).length).toBeLessThan(MIB);
  }
}

describe('less than 600 MiB for', () => {
  it.each<[string, Files, Readonly<Record<string, string>>, RegExp]>([
    [
      'a render of 50 MB in large objects, one of them wrong',
      {
        'templates/a.yaml': `{{- range $i := until 50 }}\n---\n${config('a: {{ repeat 1048576 "x" }}\n  b: {{ if eq $i 33 }}5{{ else }}"5"{{ end }}', 'a{{ $i }}')}{{- end }}\n`,
      },
      {},
      /data\.b is an integer/,
    ],
    [
      'a render of 50 MB in ten thousand objects, one of them wrong',
      {
        'templates/a.yaml': `{{- range $i := until 10000 }}\n---\n${config('a: {{ repeat 80 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" }}\n  b: {{ if eq $i 7777 }}5{{ else }}"5"{{ end }}', 'a{{ $i }}')}{{- end }}\n`,
      },
      {},
      /data\.b is an integer/,
    ],
    [
      'ten thousand objects that are all wrong',
      { 'templates/a.yaml': `{{- range $i := until 10000 }}\n---\n${config('b: 5', 'a{{ $i }}')}{{- end }}\n` },
      {},
      /::error title=validate-chart::10000 errors in big/,
    ],
    [
      'values of 20 MB',
      {
        'templates/a.yaml': config('a: {{ .Values.k7.v | quote }}\n  b: 5'),
        'values.yaml': '{}\n',
        '../more.yaml': Array.from({ length: 20_000 }, (_, index) => `k${index}:\n  v: ${'x'.repeat(1000)}\n`).join(''),
      },
      { values: 'more.yaml' },
      /data\.b is an integer/,
    ],
  ])(
    '%s',
    async (_, files, inputs, found) => {
      const { log, outputs, summary, peak } = await measure(files, inputs);
      expect(log).toMatch(found);
      expect(outputs['result']).toBe('invalid');
      process.stdout.write(`    ${Math.round(peak)} MiB\n`);
      expect(peak).toBeLessThan(600);
      if (outputs['errors'] === '1' && outputs['warnings'] === '0') await reportsAreShort();
      expect(summary.length).toBeLessThan(MIB);
    },
    240_000,
  );
});

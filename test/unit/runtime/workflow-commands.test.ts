import * as toolkit from '@actions/core';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as runner from '../../../src/runtime/workflow-commands.js';
import { temporaryFolder } from '../../support/services.js';
import { captureStdout } from '../../support/stdout.js';
import { parseCommandFile } from '../../support/workflow-commands.js';

const stdout = captureStdout();

/** What both write, ours first. */
function both(ours: () => void, theirs: () => void): readonly [string, string] {
  stdout.clear();
  ours();
  const first = stdout.text();
  stdout.clear();
  theirs();
  return [first, stdout.text()];
}

const TEXTS = ['', 'plain', 'two\nlines', 'a\r\nb', '100 %', '%0A', 'a:b,c', '::error::x', 'ä €', ' white '];
const PLACES: readonly runner.AnnotationProperties[] = [
  {},
  { title: 'bump-image-tag' },
  { title: 'a:b,c%', file: 'charts/a,b.yaml', startLine: 3, startColumn: 7 },
  { title: '', file: 'values.yaml', startLine: 1 },
];

describe('the commands to the runner', () => {
  it.each(TEXTS)('are those of @actions/core for %j', (text) => {
    for (const place of PLACES) {
      for (const level of ['error', 'warning', 'notice'] as const) {
        const [ours, theirs] = both(
          () => runner[level](text, place),
          () => toolkit[level](text, { ...place }),
        );
        expect(ours).toBe(theirs);
      }
    }
    for (const name of ['info', 'debug', 'setSecret', 'startGroup'] as const) {
      const [ours, theirs] = both(
        () => runner[name](text),
        () => toolkit[name](text),
      );
      expect(ours).toBe(theirs);
    }
  });

  it('end a group as @actions/core does', () => {
    const [ours, theirs] = both(runner.endGroup, toolkit.endGroup);
    expect(ours).toBe(theirs);
  });
});

describe('inputs and outputs', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    delete process.env['GITHUB_OUTPUT'];
    delete process.env['INPUT_CHART-VERSION'];
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['auto', ' \n auto\t\n', '', 'a b'])('reads the input %j as @actions/core does', (value) => {
    process.env['INPUT_CHART-VERSION'] = value;
    expect(runner.getInput('chart-version')).toBe(toolkit.getInput('chart-version'));
    expect(runner.getInput('no-such-input')).toBe('');
  });

  it('appends outputs of any text to the file, as @actions/core does', async () => {
    const file = path.join(folder, 'output');
    await writeFile(file, '');
    process.env['GITHUB_OUTPUT'] = file;
    const texts = [...TEXTS, 'x<<EOF\ny\nEOF'];
    for (const [index, text] of texts.entries()) {
      runner.setOutput(`ours-${index}`, text);
      toolkit.setOutput(`theirs-${index}`, text);
    }
    const written = await readFile(file, 'utf8');
    const outputs = parseCommandFile(written);
    for (const [index, text] of texts.entries()) {
      expect(outputs[`ours-${index}`]).toBe(outputs[`theirs-${index}`]);
      if (!text.includes('\r')) expect(outputs[`ours-${index}`]).toBe(text);
    }
    const delimiters = [...written.matchAll(/^ours-\d+<<(.*)$/gm)].map(([, delimiter]) => delimiter);
    expect(new Set(delimiters).size).toBe(texts.length);
    expect(stdout.text()).toBe('');
  });

  it('shows outputs when there is no runner, as @actions/core does', () => {
    const [ours, theirs] = both(
      () => runner.setOutput('diff', 'a\nb'),
      () => toolkit.setOutput('diff', 'a\nb'),
    );
    expect(ours).toBe(theirs);
  });
});

import { describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import * as jsYaml from 'js-yaml';
import { parse } from 'yaml';
import { discoverImages } from '../../src/core/image-discovery.js';
import { tagOf } from '../../src/core/image-use.js';
import { formatPointer } from '../../src/core/json-pointer.js';
import { editYaml, pointersTo } from '../../src/core/yaml-edit.js';
import { walkYaml } from '../../src/core/yaml-nodes.js';
import { parseYaml } from '../../src/core/yaml-scalars.js';
import { planFor } from '../support/bump.js';
import { writeFiles } from '../support/charts.js';
import { projectRoot, temporaryFolder, toolchainBin } from '../support/services.js';

jest.setTimeout(120_000);

/** Published charts, kept beside the project where there are any. */
const corpus = path.join(projectRoot, '../shared/corpus');

function filesBelow(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    paths.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(folder, file), readFileSync(file, 'utf8')];
    }),
  );
}

const all = filesBelow(corpus);
const here = Object.keys(all).length > 0;
const charts = Object.keys(all)
  .filter((file) => file.endsWith('/Chart.yaml') && !file.includes('/templates/'))
  .map((file) => path.dirname(file));

/** Lines that differ between two texts of the same number of lines. */
function changedLines(before: string, after: string): number {
  const [old, now] = [before.split('\n'), after.split('\n')];
  expect(now).toHaveLength(old.length);
  return old.filter((line, index) => line !== now[index]).length;
}

describe('published charts', () => {
  it('every tag, version and appVersion can be written, on one line, as two parsers agree', () => {
    if (!here) return;
    let edited = 0;
    const yamls = Object.entries(all).filter(
      ([file]) => /(?:values[^/]*|Chart)\.yaml$/.test(file) && !file.includes('/templates/'),
    );
    for (const [name, text] of yamls) {
      const file = parseYaml(name, text);
      for (const { pointer, node } of walkYaml(file.documents[0])) {
        if (node.kind !== 'scalar' || !/^(?:tag|version|appVersion|digest|sha)$/.test(pointer.at(-1) ?? '')) continue;
        for (const value of ['9.9.9', '1.20', '1e5']) {
          const after = editYaml(file, new Map([[node, value]])).text;
          expect(changedLines(text, after)).toBe(1);
          const read = (parsed: unknown) =>
            pointer.reduce<unknown>((parent, key) => (parent as Record<string, unknown>)[key], parsed);
          const pointers = pointersTo(file, new Set([node])).get(node) ?? [formatPointer(pointer)];
          expect(pointers).toContain(formatPointer(pointer));
          expect(read(parse(after))).toBe(value);
          expect(read(jsYaml.load(after, { schema: jsYaml.YAML11_SCHEMA }))).toBe(value);
          edited += 1;
        }
      }
    }
    expect(edited).toBeGreaterThan(50);
  });

  it.each(['helm', 'helm3'])('%s reads each bumped tag as that text', async (helm) => {
    if (!here) return;
    let tags = 0;
    for (const chart of charts) {
      const name = `${chart}/values.yaml`;
      const text = all[name];
      if (text === undefined) continue;
      const file = parseYaml('values.yaml', text);
      const places = [...walkYaml(file.documents[0])].flatMap(({ pointer, node }) =>
        node.kind === 'scalar' && pointer.at(-1) === 'tag' ? [{ pointer, node }] : [],
      );
      const values = new Map(places.map(({ node }, index) => [node, `1${index}e5`]));
      const after = editYaml(file, values).text;
      expect(changedLines(text, after)).toBe(places.length);
      const folder = await temporaryFolder('helm-cd-bump-corpus-');
      try {
        await writeFiles(folder, {
          'Chart.yaml': 'apiVersion: v2\nname: read\nversion: 1.0.0\n',
          'values.yaml': after,
          'templates/values.yaml': '{{ .Values | toJson }}\n',
        });
        const rendered = execFileSync(path.join(toolchainBin, helm), ['template', 'x', folder], {
          encoding: 'utf8',
          env: { ...process.env, HOME: folder },
        });
        for (const { pointer, node } of places) {
          const read = pointer.reduce<unknown>(
            (parent, key) => (parent as Record<string, unknown>)[key],
            parse(rendered),
          );
          expect([name, pointer, read]).toEqual([name, pointer, values.get(node)]);
          tags += 1;
        }
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
    expect(tags).toBeGreaterThan(5);
  });

  it.each(here ? charts : ['none'])('%s: each of its images is found, and bumped by a line or two', async (chart) => {
    if (!here) return;
    const files = Object.fromEntries(Object.entries(all).filter(([file]) => file.startsWith(`${chart}/`)));
    const values = files[`${chart}/values.yaml`];
    if (values === undefined) return;
    const uses = discoverImages([{ file: parseYaml('values.yaml', values) }], new Set());
    expect(uses.length).toBeGreaterThan(0);
    for (const use of uses) {
      const [name = ''] = use.names;
      const plan = await planFor(files, { images: [`${name}:v99.0.0`], scopes: [{ folder: chart }] });
      expect(plan.changes.map(({ part }) => part)).toContain(tagOf(use) === '' ? 'app-version' : 'tag');
      for (const { before, after } of plan.files) expect(changedLines(before, after)).toBeLessThanOrEqual(2);
      expect(plan.charts).toMatchObject([{ folder: chart }]);
    }
  });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { alternate, ratios } from '../lib/measure.mjs';
import { comparisonRows, table, verdict } from '../lib/report.mjs';
import { generateValues } from './values-file.mjs';

const PEER = 'yaml: parseDocument, setIn, toString';
const PEER_FAST = 'the same with uniqueKeys: false';
const OURS = 'helm-cd: parse, edit, prove';
const BYTES = 1_000_000;
const VERSION = '2.0.0';

/** helm-cd's own code, from the sources. */
async function ourEdit(text, pointer) {
  register('../../test/support/github-server/typescript-hooks.mjs', import.meta.url);
  const { parseYaml } = await import('../../src/core/yaml-scalars.ts');
  const { editYaml } = await import('../../src/core/yaml-edit.ts');
  return () => {
    const file = parseYaml('values.yaml', text);
    let node = file.documents[0];
    for (const key of pointer) node = node.entries.get(key);
    return editYaml(file, new Map([[node, VERSION]])).text;
  };
}

function peerEdit(text, pointer, options) {
  return () => {
    const document = parseDocument(text, options);
    document.setIn(pointer, VERSION);
    return document.toString();
  };
}

/** What a result has besides the one edit: changed lines, and the bytes that those that are gone had. */
function collateral(expected, actual) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-bench-'));
  try {
    writeFileSync(path.join(folder, 'expected'), expected);
    writeFileSync(path.join(folder, 'actual'), actual);
    let diff = '';
    try {
      execFileSync('git', ['diff', '--no-index', '-U0', 'expected', 'actual'], {
        cwd: folder,
        encoding: 'utf8',
        maxBuffer: 64 * BYTES,
      });
    } catch (error) {
      if (error.status !== 1) throw error;
      diff = error.stdout;
    }
    const gone = diff.split('\n').filter((line) => /^-(?!--)/.test(line));
    return { lines: gone.length, bytes: gone.reduce((sum, line) => sum + Buffer.byteLength(line), 0) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One tag in a values file of 1 MB: helm-cd's splice and its proof, against the library's own way of editing. */
export async function benchEdit({ rounds }) {
  const { text, path: pointer, before, services } = generateValues(BYTES);
  const edits = {
    [OURS]: await ourEdit(text, pointer),
    [PEER_FAST]: peerEdit(text, pointer, { uniqueKeys: false }),
    [PEER]: peerEdit(text, pointer, {}),
  };
  const kept = before.replace(/1\.\d+\.\d+/, VERSION);
  const start = text.indexOf(before, text.indexOf(`\n${pointer[0]}:`));
  const expected = text.slice(0, start) + kept + text.slice(start + before.length);
  const beside = Object.fromEntries(Object.entries(edits).map(([name, edit]) => [name, collateral(expected, edit())]));
  const sides = Object.fromEntries(Object.entries(edits).map(([name, edit]) => [name, () => void edit()]));
  const results = await alternate(sides, { rounds, warmUp: 3 });
  const ratio = ratios(results[OURS], results[PEER]);

  console.log(
    `\nThe edit: one tag in a values file of ${text.length} bytes with ${services} services, ${rounds} rounds`,
  );
  const rows = comparisonRows(results, (name) => ratios(results[name], results[PEER]));
  rows[0].push('other lines changed', 'bytes of them');
  for (const row of rows.slice(1)) row.push(beside[row[0]].lines, beside[row[0]].bytes);
  for (const line of table(rows)) console.log(line);
  return {
    results,
    beside,
    verdicts: [verdict('the edit of 1 MB, proof included, against yaml’s Document without one', ratio)],
  };
}

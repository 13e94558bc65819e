/** The table of the failure matrix of deploy-chart, made of the parts that the test files write. */
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './run.mjs';

const folder = path.join(root, 'reports/deploy-matrix');
const COLUMNS = [
  { title: 'first install', start: 'first install', hookFails: false },
  { title: 'upgrade', start: 'upgrade', hookFails: false },
  { title: 'first install, with uninstall hook failing', start: 'first install', hookFails: true },
  { title: 'upgrade, with rollback hook failing', start: 'upgrade', hookFails: true },
];

/** Removes what an earlier run has left. */
export function clearDeployMatrix() {
  rmSync(folder, { recursive: true, force: true });
}

function tableOf(entries, names) {
  const rows = names.map((name) => {
    const cells = COLUMNS.map(({ start, hookFails }) => {
      const entry = entries.find((each) => each.name === name && each.start === start && each.hookFails === hookFails);
      return entry?.cell ?? '–';
    });
    return `| ${[name, ...cells].join(' | ')} |`;
  });
  const titles = ['case', ...COLUMNS.map(({ title }) => title)];
  return [`| ${titles.join(' | ')} |`, `|${' --- |'.repeat(titles.length)}`, ...rows].join('\n');
}

/** Prints the table and writes it to reports/deploy-matrix.md. Nothing, where no such case was run. */
export function printDeployMatrix() {
  if (!existsSync(folder)) return;
  const parts = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8')));
  const entries = parts.flatMap((part) => part.entries);
  if (entries.length === 0) return;
  const names = [...new Set(parts.flatMap((part) => part.order))];
  const wrong = entries.filter(({ cell }) => cell.startsWith('**')).length;
  const sections = ['4', '3'].map((helm) => {
    const own = entries.filter((entry) => entry.helm === helm);
    const run = names.filter((name) => own.some((entry) => entry.name === name));
    return run.length === 0 ? '' : `## helm ${helm}\n\n${tableOf(own, run)}`;
  });
  const text = [
    '# What becomes of a release when a deploy fails',
    'A cell says: result (failed phase) → what the cluster says at the end, and how long it took. –: there is no such case; where nothing was touched, no hook of a way back can fail.',
    ...sections.filter((section) => section !== ''),
    `${entries.length} cases, ${wrong} wrong.`,
  ].join('\n\n');
  writeFileSync(path.join(root, 'reports/deploy-matrix.md'), `${text}\n`);
  console.log(`\n${text}`);
}

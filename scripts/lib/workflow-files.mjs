/** The reusable workflows of this repository: those in .github/workflows that other repositories call. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { root } from './run.mjs';

const folder = '.github/workflows';

/** In the order in which a chart meets them; what is not named comes after these. */
const ORDER = ['bump', 'chart-check', 'chart-pipeline', 'watch', 'promote', 'deploy'];

const ACCESS = ['none', 'read', 'write'];

/** @param {string} name without `.yml` @returns {any} the parsed file */
export function readWorkflow(name) {
  return parse(readFileSync(path.join(root, folder, `${name}.yml`), 'utf8'));
}

/** Names of the workflows with `on: workflow_call`, without `.yml`. */
export function reusableWorkflows() {
  const place = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return readdirSync(path.join(root, folder))
    .map((file) => path.basename(file, '.yml'))
    .filter((name) => readWorkflow(name).on?.workflow_call !== undefined)
    .sort((a, b) => place(a) - place(b));
}

/** What a caller must grant: the most that any of the jobs asks for. @returns {Record<string, string>} */
export function permissionsOf(workflow) {
  const most = {};
  for (const { permissions = {} } of Object.values(workflow.jobs)) {
    for (const [name, access] of Object.entries(permissions)) {
      if (ACCESS.indexOf(access) > ACCESS.indexOf(most[name] ?? 'none')) most[name] = access;
    }
  }
  return most;
}

/** Whether these permissions are enough for those. */
export function grants(granted, wanted) {
  return Object.entries(wanted).every(
    ([name, access]) => ACCESS.indexOf(granted?.[name] ?? 'none') >= ACCESS.indexOf(access),
  );
}

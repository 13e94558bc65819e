/** The action.yml files of this repository. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { root } from './run.mjs';

/** Names of the folders in actions/ that have an action.yml, sorted. */
export function actionNames() {
  const folder = path.join(root, 'actions');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(path.join(folder, name, 'action.yml')))
    .sort();
}

/** The path of an action's file, relative to the project: `actions/NAME/action.yml`, or `action.yml` for the root's. */
export function actionFile(name) {
  return name === '' ? 'action.yml' : `actions/${name}/action.yml`;
}

/** The parsed action.yml of actions/NAME; of the root with an empty name. */
export function readAction(name) {
  return parse(readFileSync(path.join(root, actionFile(name)), 'utf8'));
}

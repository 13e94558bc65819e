// What an event starts, as GitHub reads it in a workflow file: `on:`, `concurrency:` and `permissions:`.
import { parse } from 'yaml';

/**
 * @typedef {object} Event
 * @property {'push' | 'pull_request' | 'repository_dispatch' | 'workflow_dispatch' | 'schedule'} name
 * @property {string} ref of the run: refs/heads/…, refs/tags/… or refs/pull/…
 * @property {string} sha
 * @property {object} payload what the workflow sees as github.event
 *
 * @typedef {object} Workflow
 * @property {string} file name in .github/workflows
 * @property {object} content
 */

/** @param {string} file @param {string} text @returns {Workflow} */
export function readWorkflow(file, text) {
  return { file, content: parse(text) };
}

/** GitHub's patterns for branches, as far as the examples use them: `*` and classes of characters. */
function matches(pattern, name) {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*\*|\*/g, (stars) => (stars === '**' ? '.*' : '[^/]*'));
  return new RegExp(`^${source}$`).test(name);
}

function matchesRef({ branches, tags }, ref) {
  const [, kind, name] = /^refs\/(heads|tags)\/(.*)$/.exec(ref);
  if (branches === undefined && tags === undefined) return true;
  return ((kind === 'heads' ? branches : tags) ?? []).some((pattern) => matches(pattern, name));
}

/** Whether the event starts the workflow. @param {Workflow} workflow @param {Event} event */
export function startedBy({ content }, event) {
  const triggers = typeof content.on === 'string' ? { [content.on]: null } : content.on;
  if (!Object.hasOwn(triggers, event.name)) return false;
  const filter = triggers[event.name] ?? {};
  if (event.name === 'push') return matchesRef(filter, event.ref);
  if (event.name === 'pull_request') return matchesRef(filter, `refs/heads/${event.payload.pull_request.base.ref}`);
  if (event.name === 'repository_dispatch')
    return (filter.types ?? [event.payload.action]).includes(event.payload.action);
  return true;
}

/** `${{ github.ref }}` and the like. An expression that does more than name a value is an error: this is no interpreter. */
function interpolate(text, github) {
  return String(text).replace(/\$\{\{\s*(.*?)\s*\}\}/g, (_, expression) => {
    if (!/^github(?:\.\w+)+$/.test(expression)) throw new Error(`not understood here: ${expression}`);
    const names = expression.split('.').slice(1);
    return String(names.reduce((value, name) => value?.[name], github) ?? '');
  });
}

/**
 * The workflow's concurrency group.
 * @param {Workflow} workflow @param {Event} event @param {number} runId
 * @returns {{ group: string, cancel: boolean } | undefined}
 */
export function concurrencyOf({ content }, event, runId) {
  const { concurrency } = content;
  if (concurrency === undefined) return undefined;
  const { group, 'cancel-in-progress': cancel = false } =
    typeof concurrency === 'string' ? { group: concurrency } : concurrency;
  const github = { event_name: event.name, ref: event.ref, run_id: runId, event: event.payload };
  return { group: interpolate(group, github), cancel: cancel === true };
}

/** What GITHUB_TOKEN may do. Here a run has one token: it may what any of the jobs may. */
export function permissionsOf({ content }) {
  const all = [content.permissions, ...Object.values(content.jobs).map((job) => job.permissions)];
  const granted = {};
  for (const [name, access] of all.flatMap((permissions) => Object.entries(permissions ?? {}))) {
    if (access === 'none') continue;
    const key = name.replaceAll('-', '_');
    granted[key] = granted[key] === 'write' ? 'write' : access;
  }
  return granted;
}

/** What docs/workflows.md says of each reusable workflow: from the workflow itself. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { permissionsOf, readWorkflow, reusableWorkflows } from './workflow-files.mjs';
import { root } from './run.mjs';

/** The comment at the top of a workflow file, as paragraphs. */
function introduction(name) {
  const text = readFileSync(path.join(root, '.github/workflows', `${name}.yml`), 'utf8');
  const lines = text.slice(0, text.search(/^[^#]/m)).split('\n');
  return lines
    .map((line) => line.replace(/^# ?/, ''))
    .join('\n')
    .trim()
    .replace(/^Reusable: (.)/, (_, first) => first.toUpperCase());
}

const defaultOf = ({ required, default: fallback }) => {
  if (required) return '**required**';
  return fallback === undefined || fallback === '' ? '' : `\`${fallback}\``;
};

/**
 * @param {(header: string[], rows: string[][]) => string} table makes a Markdown table
 * @returns {string} a section for each workflow
 */
export function workflowSections(table) {
  return reusableWorkflows()
    .map((name) => {
      const workflow = readWorkflow(name);
      const { inputs = {}, secrets = {}, outputs = {} } = workflow.on.workflow_call;
      const permissions = Object.entries(permissionsOf(workflow)).map(([key, access]) => `\`${key}: ${access}\``);
      const rows = (entries, last) =>
        Object.entries(entries).map(([key, value]) => [`\`${key}\``, value.description, ...last(value)]);
      return [
        `## ${name}.yml`,
        introduction(name),
        `Permissions that the calling job must grant: ${permissions.join(', ')}.`,
        table(
          ['Input', 'Description', 'Type', 'Default'],
          rows(inputs, (value) => [value.type, defaultOf(value)]),
        ),
        table(
          ['Secret', 'Description', ''],
          rows(secrets, (value) => [value.required ? '**required**' : '']),
        ),
        table(
          ['Output', 'Description'],
          rows(outputs, () => []),
        ),
      ].join('\n\n');
    })
    .join('\n\n');
}

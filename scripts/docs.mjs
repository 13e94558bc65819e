/**
 * Writes what is generated: the tables of inputs and outputs in each action's README and of the root's action in docs/pipeline.md, the
 * table of actions in the top README, the reusable workflows in docs/workflows.md, the JSON Schema of helm-cd.yaml and the table of its
 * keys in docs/helm-cd-yaml.md. The sources are the action.yml files, the workflows and src/config/schema.ts.
 *
 *   npm run docs                 writes
 *   npm run docs -- --check      only says what is out of step
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import prettier from 'prettier';
import { actionNames, readAction } from './lib/action-files.mjs';
import { root } from './lib/run.mjs';
import { workflowSections } from './lib/workflow-docs.mjs';

/** The way of a chart; what is not named comes after these. */
const ORDER = [
  'bump-image-tag',
  'validate-chart',
  'publish-chart',
  'promote-chart',
  'deploy-chart',
  'rollback-chart',
  'watch-repository',
  'report-releases',
];

const cell = (text) =>
  String(text)
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|');
const row = (cells) => `| ${cells.map(cell).join(' | ')} |`;
const table = (header, rows) => [row(header), row(header.map(() => '---')), ...rows.map(row)].join('\n');

function inputsTable(action) {
  const rows = Object.entries(action.inputs ?? {}).map(([name, { description, required, default: fallback }]) => {
    const given = fallback === undefined || fallback === '' ? '' : `\`${fallback}\``;
    return [`\`${name}\``, description, required ? '**required**' : given];
  });
  return table(['Input', 'Description', 'Default'], rows);
}

function outputsTable(action) {
  const rows = Object.entries(action.outputs ?? {}).map(([name, { description }]) => [`\`${name}\``, description]);
  return table(['Output', 'Description'], rows);
}

function actionsTable(names) {
  const place = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  const rows = [...names]
    .sort((a, b) => place(a) - place(b))
    .map((name) => [`[\`${name}\`](actions/${name}/README.md)`, readAction(name).description]);
  return table(['Action', 'What it does'], rows);
}

/** The text with what is between `<!-- NAME -->` and `<!-- /NAME -->` replaced. */
function fill(file, text, parts) {
  for (const [name, content] of Object.entries(parts)) {
    const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [from, to] = [text.indexOf(start), text.indexOf(end)];
    if (from < 0 || to < from)
      throw new Error(`${file} needs the lines ${start} and ${end}: the table goes between them`);
    text = `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
  }
  return text;
}

/** Schemas are in files without imports, so their JavaScript can be imported as it is. */
async function exportsOf(file) {
  const source = readFileSync(path.join(root, file), 'utf8');
  const { code } = transformSync(source, {
    configFile: false,
    swcrc: false,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
  });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

const configSchema = async () => (await exportsOf('src/config/schema.ts')).CONFIG_SCHEMA;
const relaySchema = async () => (await exportsOf('src/relay/config/schema.ts')).RELAY_SCHEMA;

const DEFAULTS = {
  'charts.NAME.release': "the chart's name",
  'charts.NAME.images': 'images are discovered in the values',
  'environments.NAME.mode': '`delivery`',
  'environments.NAME.values': 'none',
  'environments.NAME.secrets': 'none',
  'environments.NAME.kubernetes': 'the newest known',
  'environments.NAME.cluster.context': "the kubeconfig's current one",
  'environments.NAME.cluster.namespace': "the kubeconfig's",
  'environments.NAME.bump.strategy': '`auto`',
  'environments.NAME.bump.tags': '`*`',
  'environments.NAME.bump.order': '`semver`',
  'environments.NAME.bump.version': '`auto`',
};

/** A word for what may be written as a value. */
function kindOf(schema) {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.type === 'array') return schema.items.type === undefined ? 'list' : `list of ${kindOf(schema.items)}s`;
  if (schema.type === 'object') return 'map';
  if (Array.isArray(schema.type)) return schema.type.map((type) => kindOf({ items: {}, ...schema, type })).join(' or ');
  if (schema.const !== undefined) return `\`${schema.const}\``;
  return { string: 'text', integer: 'number', boolean: '`true`, `false`' }[schema.type] ?? String(schema.type);
}

/** A row for each key of helm-cd.yaml, from its schema. What an override may say is said once. */
function keyRows(schema, prefix = '') {
  const rows = Object.entries(schema.properties ?? {}).map(([name, value]) => [
    name,
    value,
    schema.required?.includes(name),
  ]);
  if (typeof schema.additionalProperties === 'object')
    rows.push([prefix.endsWith('images') ? 'IMAGE' : 'NAME', schema.additionalProperties, false]);
  return rows.flatMap(([name, value, required]) => {
    const key = prefix === '' ? name : `${prefix}.${name}`;
    const fallback = required ? '**required**' : (DEFAULTS[key] ?? '');
    const own = [`\`${key}\``, kindOf(value), value.description ?? '', fallback];
    const item = value.items?.properties === undefined ? [] : keyRows(value.items, `${key}[]`);
    return [own, ...item, ...(key === 'charts.NAME.environments.NAME' ? [] : keyRows(value, key))];
  });
}

/** The same of relay.yaml, whose descriptions say what the defaults are. */
const relayKeysTable = (schema) =>
  table(
    ['Key', 'Value', 'What it says'],
    keyRows(schema).map(([key, kind, text, fallback]) => [key, fallback === '' ? kind : `${kind}, ${fallback}`, text]),
  );

const keysTable = (schema) => table(['Key', 'Value', 'What it says', 'Default'], keyRows(schema));

/** Every generated file as it should be: `[path relative to the project, contents]`. */
async function generated() {
  const names = actionNames();
  const files = names.map((name) => {
    const file = `actions/${name}/README.md`;
    if (!existsSync(path.join(root, file))) throw new Error(`${file} is missing`);
    const action = readAction(name);
    const text = readFileSync(path.join(root, file), 'utf8');
    return [file, fill(file, text, { inputs: inputsTable(action), outputs: outputsTable(action) })];
  });
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  files.push(['README.md', fill('README.md', readme, { actions: actionsTable(names) })]);
  const schema = await configSchema();
  files.push(['schema/helm-cd.schema.json', JSON.stringify(schema)]);
  const document = (file) => readFileSync(path.join(root, file), 'utf8');
  files.push([
    'docs/helm-cd-yaml.md',
    fill('docs/helm-cd-yaml.md', document('docs/helm-cd-yaml.md'), { keys: keysTable(schema) }),
  ]);
  const relay = await relaySchema();
  files.push(['schema/relay.schema.json', JSON.stringify(relay)]);
  files.push(['docs/relay.md', fill('docs/relay.md', document('docs/relay.md'), { keys: relayKeysTable(relay) })]);
  const whole = readAction('');
  const tables = { inputs: inputsTable(whole), outputs: outputsTable(whole) };
  files.push(['docs/pipeline.md', fill('docs/pipeline.md', document('docs/pipeline.md'), tables)]);
  const workflows = { workflows: workflowSections(table) };
  files.push(['docs/workflows.md', fill('docs/workflows.md', document('docs/workflows.md'), workflows)]);
  return Promise.all(
    files.map(async ([file, text]) => {
      const options = await prettier.resolveConfig(path.join(root, file));
      return [file, await prettier.format(text, { ...options, filepath: file })];
    }),
  );
}

/** @returns {Promise<string[]>} the generated files that are not as they should be */
export async function outOfStep() {
  return (await generated())
    .filter(
      ([file, text]) => !existsSync(path.join(root, file)) || readFileSync(path.join(root, file), 'utf8') !== text,
    )
    .map(([file]) => file);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    if (process.argv.includes('--check')) {
      const files = await outOfStep();
      for (const file of files) console.log(`${file} is out of step: run "npm run docs"`);
      process.exitCode = files.length === 0 ? 0 : 1;
    } else {
      for (const [file, text] of await generated()) {
        const target = path.join(root, file);
        if (existsSync(target) && readFileSync(target, 'utf8') === text) continue;
        mkdirSync(path.dirname(target), { recursive: true });
        writeFileSync(target, text);
        console.log(`wrote ${file}`);
      }
    }
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

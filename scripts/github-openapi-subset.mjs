/**
 * Makes test/fixtures/github/openapi-subset.json: of GitHub's official OpenAPI description only the operations that
 * helm-cd uses, without descriptions and examples. The loopback GitHub of the tests checks every request and every answer
 * against it.
 *
 *   node scripts/github-openapi-subset.mjs
 *
 * A new operation: add its operationId to OPERATIONS, run, commit, and give it a handler in test/support/github-server/rest.
 * The description comes from the npm package @octokit/openapi, which is too large to be a dependency.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = '@octokit/openapi';
const VERSION = '23.0.2';
const OPERATIONS = [
  'users/get-authenticated',
  'repos/get',
  'repos/get-branch',
  'repos/get-branch-rules',
  'repos/get-commit',
  'repos/compare-commits-with-basehead',
  'repos/create-dispatch-event',
  'repos/get-pages',
  'repos/request-pages-build',
  'repos/list-deployments',
  'repos/create-deployment',
  'repos/list-deployment-statuses',
  'repos/create-deployment-status',
  'git/get-ref',
  'git/list-matching-refs',
  'git/create-ref',
  'git/update-ref',
  'git/delete-ref',
  'git/get-blob',
  'git/create-blob',
  'git/get-tree',
  'git/create-tree',
  'git/get-commit',
  'git/create-commit',
  'pulls/list',
  'pulls/create',
  'pulls/get',
  'pulls/update',
  'pulls/merge',
  'issues/add-labels',
  'issues/list-comments',
  'issues/create-comment',
  'issues/update-comment',
  'issues/delete-comment',
  'actions/get-workflow-run',
  'actions/list-workflow-runs-for-repo',
  'repos/list-pull-requests-associated-with-commit',
  'orgs/create-artifact-deployment-record',
];

/** Of these large answers only the properties that a client of helm-cd's kind reads. */
const KEPT_PROPERTIES = {
  'full-repository':
    'id node_id name full_name owner private html_url description fork url default_branch has_pages archived disabled visibility clone_url permissions allow_auto_merge allow_merge_commit allow_rebase_merge allow_squash_merge delete_branch_on_merge',
  repository: 'id node_id name full_name owner private html_url url default_branch',
  'nullable-repository': 'id node_id name full_name owner private html_url url default_branch',
  'minimal-repository': 'id node_id name full_name owner private html_url url default_branch',
  'private-user': 'login id node_id type html_url name',
  'public-user': 'login id node_id type html_url name',
  'simple-user': 'login id node_id type html_url',
  'nullable-simple-user': 'login id node_id type html_url',
  'nullable-integration': 'id slug name',
  'nullable-milestone': 'number title',
  team: 'id name slug',
  'team-simple': 'id name slug',
  'nullable-team-simple': 'id name slug',
  'branch-protection': 'enabled required_status_checks',
  'branch-with-protection': 'name commit _links protected protection protection_url',
  'repository-rule-pull-request': 'type parameters',
};

const NOTES = new Set([
  'description',
  'title',
  'summary',
  'example',
  'examples',
  'externalDocs',
  'deprecated',
  'default',
  'discriminator',
]);
const target = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../test/fixtures/github');

const mapValues = (object, change) => Object.fromEntries(Object.entries(object).map(([k, v]) => [k, change(v)]));

/** OpenAPI 3.0's `nullable` in the words of JSON Schema. */
function withNull(schema) {
  if (Array.isArray(schema.enum) && !schema.enum.includes(null)) schema.enum.push(null);
  if (typeof schema.type === 'string') return { ...schema, type: [schema.type, 'null'] };
  return { anyOf: [schema, { type: 'null' }] };
}

/** Several schemas that all hold, as one: what is not declared in any of them can then be forbidden. */
function mergeAll(schemas, resolve) {
  const all = schemas.map((schema) => resolve(schema));
  return { ...Object.assign({}, ...all), properties: Object.assign({}, ...all.map(({ properties }) => properties)) };
}

/**
 * A schema without the words for people, as JSON Schema.
 * `resolve` given: an answer's schema. Nothing is required, for the server answers a part only; what is not declared is
 * forbidden.
 */
function strip(schema, resolve) {
  if (resolve && schema.allOf?.length > 1) return strip(mergeAll(schema.allOf, resolve), resolve);
  const kept = {};
  for (const [key, value] of Object.entries(schema)) {
    if (NOTES.has(key) || key === 'nullable' || key.startsWith('x-') || (resolve && key === 'required')) continue;
    if (key === '$ref') kept.$ref = value.replace('#/components/schemas/', '#/schemas/');
    else if (key === 'properties') kept.properties = mapValues(value, (child) => strip(child, resolve));
    else if (['allOf', 'anyOf', 'oneOf'].includes(key)) {
      // Where nothing is required, several of "one of" may match.
      kept[resolve && key === 'oneOf' ? 'anyOf' : key] = value.map((child) => strip(child, resolve));
    } else if (key === 'items' || (key === 'additionalProperties' && typeof value === 'object')) {
      kept[key] = strip(value, resolve);
    } else kept[key] = Array.isArray(value) ? [...value] : value;
  }
  if (resolve && kept.properties !== undefined && kept.additionalProperties === undefined) {
    kept.additionalProperties = false;
  }
  return schema.nullable === true ? withNull(kept) : kept;
}

function collectReferences(value, into) {
  if (Array.isArray(value)) for (const child of value) collectReferences(child, into);
  else if (value !== null && typeof value === 'object') {
    if (typeof value.$ref === 'string') into.add(value.$ref.replace('#/schemas/', ''));
    for (const child of Object.values(value)) collectReferences(child, into);
  }
}

const resolver = (document) => (value) => {
  if (value.$ref === undefined) return value;
  return value.$ref
    .slice('#/'.length)
    .split('/')
    .reduce((node, key) => node[key], document);
};

function component(document, name) {
  const schema = structuredClone(document.components.schemas[name]);
  const kept = KEPT_PROPERTIES[name]?.split(' ');
  if (kept !== undefined) {
    const missing = kept.filter((property) => schema.properties?.[property] === undefined);
    if (missing.length > 0) throw new Error(`The schema ${name} has no ${missing.join(', ')}.`);
    schema.properties = Object.fromEntries(kept.map((property) => [property, schema.properties[property]]));
  }
  return strip(schema, resolver(document));
}

/** Schemas of the answers that mean success, by status; null where there is no body. What an error looks like, GitHub varies. */
function answersOf(operation, resolve) {
  const good = Object.entries(operation.responses).filter(([status]) => Number(status) < 300);
  return mapValues(Object.fromEntries(good), (response) => {
    const content = resolve(response).content?.['application/json'];
    return content === undefined ? null : strip(content.schema, resolve);
  });
}

/** @param {object} document GitHub's OpenAPI description; @returns {object} the subset, sorted by operation and schema */
export function makeSubset(document) {
  const resolve = resolver(document);
  const operations = {};
  for (const [route, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (!OPERATIONS.includes(operation.operationId)) continue;
      const body = operation.requestBody?.content['application/json'];
      operations[operation.operationId] = {
        method: method.toUpperCase(),
        path: route,
        parameters: operation.parameters?.map(resolve).map((parameter) => ({
          name: parameter.name,
          in: parameter.in,
          ...(parameter.required === true ? { required: true } : {}),
          ...(parameter['x-multi-segment'] === true ? { multiSegment: true } : {}),
          schema: strip(parameter.schema),
        })),
        ...(body === undefined
          ? {}
          : { body: { required: operation.requestBody.required === true, schema: strip(body.schema) } }),
        answers: answersOf(operation, resolve),
      };
    }
  }
  const missing = OPERATIONS.filter((id) => operations[id] === undefined);
  if (missing.length > 0) throw new Error(`GitHub's description has no ${missing.join(', ')}.`);
  const names = new Set();
  const schemas = {};
  collectReferences(operations, names);
  for (const name of names) {
    schemas[name] = component(document, name);
    collectReferences(schemas[name], names); // a Set also visits what is added on the way
  }
  const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { operations: sorted(operations), schemas: sorted(schemas) };
}

/** One operation or schema a line: small, and a change shows where it is. */
function print(subset) {
  const section = (name) => {
    const lines = Object.entries(subset[name]).map(
      ([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
    );
    return `  ${JSON.stringify(name)}: {\n${lines.join(',\n')}\n  }`;
  };
  const source = JSON.stringify({ package: PACKAGE, version: VERSION, license: 'MIT, see LICENSE' });
  return `{\n  "source": ${source},\n${section('operations')},\n${section('schemas')}\n}\n`;
}

function main() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-openapi-'));
  try {
    const archive = execFileSync('npm', ['pack', '--silent', `${PACKAGE}@${VERSION}`], {
      cwd: folder,
      encoding: 'utf8',
    });
    const file = 'package/generated/api.github.com.json';
    execFileSync('tar', ['-xzf', archive.trim(), file, 'package/LICENSE'], { cwd: folder });
    const subset = makeSubset(JSON.parse(readFileSync(path.join(folder, file), 'utf8')));
    const text = print(subset);
    mkdirSync(target, { recursive: true });
    writeFileSync(path.join(target, 'openapi-subset.json'), text);
    copyFileSync(path.join(folder, 'package/LICENSE'), path.join(target, 'LICENSE'));
    const count = (name) => Object.keys(subset[name]).length;
    console.log(`${count('operations')} operations, ${count('schemas')} schemas, ${text.length} bytes`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();

/**
 * Makes schema/kubernetes/: one pack of schemas for each Kubernetes minor, and the lifecycle of all API versions, from the
 * files that Kubernetes itself publishes in its Go modules (fetched, and checked against the checksum database, by
 * `go mod download`).
 *
 *   node scripts/schema-packs.mjs            all versions below
 *   node scripts/schema-packs.mjs 1.37.2     this one only
 *   node scripts/schema-packs.mjs lifecycle  the lifecycle only
 *
 * A new minor: add its newest patch to VERSIONS and its k8s.io/api to API_MODULES, run, commit.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'fflate';

const VERSIONS = [
  '1.25.16',
  '1.26.15',
  '1.27.16',
  '1.28.15',
  '1.29.15',
  '1.30.14',
  '1.31.14',
  '1.32.13',
  '1.33.13',
  '1.34.4',
  '1.35.4',
  '1.36.3',
  '1.37.2',
];
/** Where the lifecycle of API versions is written, oldest first: types leave a module after they are no longer served. */
const API_MODULES = [
  { module: 'k8s.io/apiextensions-apiserver@v0.25.16', folder: 'pkg/apis' },
  { module: 'k8s.io/kube-aggregator@v0.25.16', folder: 'pkg/apis' },
  { module: 'k8s.io/api@v0.25.16', folder: '.' },
  { module: 'k8s.io/api@v0.31.14', folder: '.' },
  { module: 'k8s.io/api@v0.37.1', folder: '.' },
];

const target = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../schema/kubernetes');
/** Kinds that exist in requests and answers only: nobody puts them in a chart. */
const NOT_OBJECTS = new Set(['DeleteOptions', 'WatchEvent', 'Status', 'APIGroup', 'APIResourceList', 'APIVersions']);
const KEPT = ['$ref', 'type', 'format', 'required', 'enum', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys'];

/** Runs `use` on the folder of a Go module, in a module cache of its own that is removed afterwards. */
function withModule(module, use) {
  const cache = mkdtempSync(path.join(os.tmpdir(), 'helm-cd-schemas-'));
  try {
    const env = { ...process.env, GOMODCACHE: cache, GOFLAGS: '-modcacherw', GO111MODULE: 'on' };
    const answer = execFileSync('go', ['mod', 'download', '-json', module], { env, cwd: cache, encoding: 'utf8' });
    return use(JSON.parse(answer).Dir);
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

/** Same bytes on every machine: sorted keys, no time, and a compressor that does not come with Node. */
function writeGzip(name, content) {
  const bytes = gzipSync(Buffer.from(JSON.stringify(content)), { level: 9, mtime: 0 });
  bytes[9] = 255; // the operating system: unknown
  writeFileSync(path.join(target, name), bytes);
  return bytes.length;
}

const packName = (version) => `v${version.split('.').slice(0, 2).join('.')}.json.gz`;

function readPack(version) {
  return JSON.parse(Buffer.from(gunzipSync(readFileSync(path.join(target, packName(version))))).toString());
}

const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * The values of enumerated fields. The published swagger.json leaves them out, the generated code it is made of has them:
 * definition → property → values. Indentation tells a field's own values from its items' ones.
 */
function readEnums(generated) {
  const enums = {};
  let definition = '';
  let property = '';
  for (const line of generated.split('\n')) {
    const start = /^func schema_(\w+)\(ref /.exec(line);
    if (start) definition = start[1];
    const field = /^\t{5}"([^"]+)": \{$/.exec(line);
    if (field) property = field[1];
    const values = /^(\t+)Enum:\s+\[\](?:interface\{\}|any)\{((?:"[^"]*"(?:, )?)*)\}/.exec(line);
    if (values === null) continue;
    const where = values[1].length === 7 ? 'own' : 'items';
    (enums[definition] ??= {})[property] = { where, values: JSON.parse(`[${values[2]}]`) };
  }
  return enums;
}

/** `io.k8s.api.apps.v1.Deployment` as the generator writes it in names of functions. */
function functionName(definition) {
  return definition
    .replace(/^io\.k8s\.api\./, 'k8sio.api.')
    .replaceAll('.', '_')
    .replaceAll('-', '_');
}

function stripSchema(schema) {
  const kept = {};
  for (const key of KEPT) if (schema[key] !== undefined) kept[key] = schema[key];
  if (kept.$ref !== undefined) kept.$ref = kept.$ref.replace('#/definitions/', '');
  if (schema.properties) {
    kept.properties = sorted(
      Object.fromEntries(Object.entries(schema.properties).map(([name, child]) => [name, stripSchema(child)])),
    );
  }
  if (schema.items) kept.items = stripSchema(schema.items);
  if (schema.additionalProperties) kept.additionalProperties = stripSchema(schema.additionalProperties);
  return kept;
}

/** `apps/v1/Deployment` → whether objects of it live in a namespace, for every kind that can be created. */
function readScopes(paths) {
  const scopes = {};
  for (const [route, operations] of Object.entries(paths)) {
    const created = operations.post?.['x-kubernetes-group-version-kind'];
    if (created === undefined || route.endsWith('}')) continue;
    const name = [created.group, created.version, created.kind].filter(Boolean).join('/');
    scopes[name] ||= route.includes('/namespaces/{namespace}/');
  }
  return scopes;
}

function referencesOf(schema, into) {
  if (schema.$ref !== undefined) into.add(schema.$ref);
  for (const child of [schema.items, schema.additionalProperties, ...Object.values(schema.properties ?? {})]) {
    if (child !== undefined) referencesOf(child, into);
  }
}

/**
 * Enumerations were marked as such little by little. A field that is one in the next newer minor is one in this minor
 * too: the newer set of values is never smaller.
 */
function inheritEnums(schema, newer) {
  if (newer === undefined || schema.type !== newer.type) return;
  if (schema.type === 'string' && schema.enum === undefined && newer.enum !== undefined) schema.enum = newer.enum;
  if (schema.items && newer.items) inheritEnums(schema.items, newer.items);
  for (const [name, child] of Object.entries(schema.properties ?? {})) inheritEnums(child, newer.properties?.[name]);
}

export function makePack(version, swagger, generated, newer) {
  const enums = readEnums(generated);
  const scopes = readScopes(swagger.paths);
  const kinds = {};
  const definitions = {};
  let enumerated = 0;
  for (const [name, definition] of Object.entries(swagger.definitions)) {
    const stripped = stripSchema(definition);
    for (const [property, { where, values }] of Object.entries(enums[functionName(name)] ?? {})) {
      const field = stripped.properties?.[property];
      const holder = where === 'own' ? field : field?.items;
      if (holder?.type !== 'string') continue;
      holder.enum = values;
      enumerated++;
    }
    inheritEnums(stripped, newer?.definitions[name]);
    definitions[name] = stripped;
    const names = definition['x-kubernetes-group-version-kind'] ?? [];
    if (names.length !== 1 || NOT_OBJECTS.has(names[0].kind)) continue;
    const kind = [names[0].group, names[0].version, names[0].kind].filter(Boolean).join('/');
    kinds[kind] = scopes[kind] === undefined ? { schema: name } : { schema: name, namespaced: scopes[kind] };
  }
  const used = new Set(Object.values(kinds).map(({ schema }) => schema));
  for (const name of used) referencesOf(definitions[name], used); // a Set also visits what is added on the way
  const kept = Object.fromEntries(Object.entries(definitions).filter(([name]) => used.has(name)));
  return { pack: { version, kinds: sorted(kinds), definitions: sorted(kept) }, enumerated };
}

/** `[1, 22]` of `return 1, 22` in the named method of a type, by type. */
function readMinors(source, method) {
  const found = {};
  const pattern = new RegExp(
    `func \\(in \\*(\\w+)\\) APILifecycle${method}\\(\\) \\(major, minor int\\) \\{\\s+return 1, (\\d+)`,
    'g',
  );
  for (const [, type, minor] of source.matchAll(pattern)) found[type] = Number(minor);
  return found;
}

/** For each `group/version/Kind`: the minors since which it is deprecated and no longer served, and what replaces it. */
function readLifecycle(folder) {
  const lifecycle = {};
  for (const group of readdirSync(folder)) {
    if (!statSync(path.join(folder, group)).isDirectory()) continue;
    for (const version of readdirSync(path.join(folder, group))) {
      let source, register;
      try {
        source = readFileSync(path.join(folder, group, version, 'zz_generated.prerelease-lifecycle.go'), 'utf8');
        register = readFileSync(path.join(folder, group, version, 'register.go'), 'utf8');
      } catch {
        continue; // a version without a lifecycle is neither deprecated nor removed
      }
      const groupName = /GroupName\s*=\s*"([^"]*)"/.exec(register)[1];
      const introduced = version.includes('beta') ? readMinors(source, 'Introduced') : {};
      const deprecated = readMinors(source, 'Deprecated');
      const removed = readMinors(source, 'Removed');
      const replacements = {};
      const pattern =
        /func \(in \*(\w+)\) APILifecycleReplacement\(\).*\{\s+return schema\.GroupVersionKind\{Group: "([^"]*)", Version: "([^"]*)", Kind: "([^"]*)"/g;
      for (const [, type, ...parts] of source.matchAll(pattern)) {
        // Some tags name the list type by mistake.
        replacements[type] = parts.filter(Boolean).join('/').replace(/List$/, '');
      }
      for (const type of new Set([introduced, deprecated, removed].flatMap(Object.keys))) {
        if (type.endsWith('List')) continue;
        lifecycle[[groupName, version, type].filter(Boolean).join('/')] = {
          ...(introduced[type] === undefined ? {} : { introduced: introduced[type] }),
          ...(deprecated[type] === undefined ? {} : { deprecated: deprecated[type] }),
          ...(removed[type] === undefined ? {} : { removed: removed[type] }),
          ...(replacements[type] === undefined ? {} : { replacement: replacements[type] }),
        };
      }
    }
  }
  return lifecycle;
}

function main(wanted) {
  mkdirSync(target, { recursive: true });
  const newestFirst = VERSIONS.toReversed();
  for (const version of wanted.length > 0 ? wanted.filter((name) => name !== 'lifecycle') : newestFirst) {
    withModule(`k8s.io/kubernetes@v${version}`, (folder) => {
      const swagger = JSON.parse(readFileSync(path.join(folder, 'api/openapi-spec/swagger.json'), 'utf8'));
      const generated = readFileSync(path.join(folder, 'pkg/generated/openapi/zz_generated.openapi.go'), 'utf8');
      const newer = newestFirst[newestFirst.indexOf(version) - 1];
      const { pack, enumerated } = makePack(version, swagger, generated, newer && readPack(newer));
      const name = packName(version);
      const bytes = writeGzip(name, pack);
      console.log(`${name}: ${Object.keys(pack.kinds).length} kinds, ${enumerated} enumerations, ${bytes} bytes`);
    });
  }
  if (wanted.length > 0 && !wanted.includes('lifecycle')) return;
  const lifecycle = {};
  for (const { module, folder } of API_MODULES) {
    withModule(module, (root) => Object.assign(lifecycle, readLifecycle(path.join(root, folder))));
  }
  const bytes = writeGzip('lifecycle.json.gz', sorted(lifecycle));
  console.log(`lifecycle.json.gz: ${Object.keys(lifecycle).length} kinds, ${bytes} bytes`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));

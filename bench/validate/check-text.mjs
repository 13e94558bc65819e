/**
 * Compares rendered documents with the schemas, as validate-chart does once it has a render.
 *
 *   node bench/validate/check-text.mjs MODULES FILE MINOR
 *
 * MODULES: the sources as JavaScript. Prints how many objects there were, and fails when one is not valid.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const [modules, file, minor] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(path.join(modules, 'src', name)).href);
const [{ openSchemaPacks }, { createSchemaLibrary }, { createRenderChecker }] = await Promise.all(
  ['schemas/packs.js', 'schemas/validator.js', 'validation/check-render.js'].map(load),
);

const library = createSchemaLibrary(openSchemaPacks(root), true);
const options = { strict: true, missingSchemas: 'error', deprecations: 'warn', skipKinds: [] };
const checker = createRenderChecker(library, [], options);
const report = await checker.check(await readFile(file, 'utf8'), Number(minor), 'many');
console.log(report.objects);
for (const finding of report.findings.slice(0, 5)) console.error(finding.rule, finding.message);
process.exitCode = report.findings.length === 0 ? 0 : 1;

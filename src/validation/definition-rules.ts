/** Rules of the API server for CustomResourceDefinitions: of a chart whose definition is refused nothing works. */
import { formatFieldPath } from '../core/field-path.js';
import { fieldsAt, itemsAt } from '../core/pod-specs.js';
import { structureProblems } from '../schemas/structural.js';
import type { RenderedObject } from './rendered-object.js';
import type { Report } from './workload-rules.js';

function checkNames({ content, name }: RenderedObject, report: Report): void {
  const { group, names } = fieldsAt(content, ['spec']);
  const { plural } = fieldsAt(names, []);
  if (typeof group !== 'string' || typeof plural !== 'string' || name === '' || name === `${plural}.${group}`) return;
  report({
    rule: 'bad-name',
    path: ['metadata', 'name'],
    message: `metadata.name must be ${plural}.${group}: spec.names.plural and spec.group`,
  });
}

/** All that is wrong with a CustomResourceDefinition of apiextensions.k8s.io/v1. */
export function checkDefinition(object: RenderedObject, report: Report): void {
  checkNames(object, report);
  const versions = itemsAt(fieldsAt(object.content, ['spec']), 'versions', ['spec']);
  const stored = versions.filter(({ content }) => content['storage'] === true);
  if (versions.length > 0 && stored.length !== 1) {
    const path = ['spec', 'versions'];
    report({ rule: 'broken-rule', path, message: 'spec.versions must have exactly one version with storage: true' });
  }
  const seen = new Set<unknown>();
  for (const { content, path } of versions) {
    const { name } = content;
    if (seen.has(name)) {
      const field = formatFieldPath([...path, 'name']);
      report({ rule: 'duplicate-entry', path: [...path, 'name'], message: `${field} is there twice` });
    }
    seen.add(name);
    const schema = fieldsAt(content, ['schema'])['openAPIV3Schema'];
    if (schema === undefined || schema === null) {
      const field = formatFieldPath([...path, 'schema', 'openAPIV3Schema']);
      report({ rule: 'missing-field', path, message: `required field ${field} is missing` });
      continue;
    }
    for (const problem of structureProblems(schema, [...path, 'schema', 'openAPIV3Schema'])) {
      const message = `${formatFieldPath(problem.path)} ${problem.message}`;
      report({ rule: 'broken-rule', path: problem.path, message });
    }
  }
}

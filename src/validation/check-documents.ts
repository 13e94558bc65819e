import { formatFieldPath, type FieldPath } from '../core/field-path.js';
import type { FindingLevel } from '../core/findings.js';
import { formatRef, record } from '../core/release-manifest.js';
import { readPositions } from '../schemas/kubernetes-yaml.js';
import { objectsOf, problemsOfList } from '../schemas/lists.js';
import { formatKind } from '../schemas/kind-names.js';
import type { Validator } from '../schemas/validator.js';
import type { DocumentFinding, ParsedDocument } from './parsed-document.js';
import { renderedObject, type RenderedObject } from './rendered-object.js';

/** What the caller wants to be told, and how loudly. */
export interface CheckOptions {
  readonly strict: boolean;
  readonly missingSchemas: 'error' | 'warn' | 'ignore';
  readonly deprecations: 'error' | 'warn' | 'off';
  /** `Secret`, `apps/v1/Deployment` or `monitoring.coreos.com/ServiceMonitor`. */
  readonly skipKinds: readonly string[];
}

export interface NotValidated {
  /** `example.com/v1 Foo`. */
  readonly kind: string;
  readonly resource: string;
  readonly reason: string;
}

export interface DocumentReport {
  readonly findings: readonly DocumentFinding[];
  readonly objects: readonly RenderedObject[];
  readonly notValidated: readonly NotValidated[];
  /** Kinds whose rules in CEL were not evaluated. */
  readonly rulesSkipped: readonly string[];
}

/** Whether `skip-kinds` names the kind. */
export function isSkipped(kind: string, skipKinds: readonly string[]): boolean {
  const name = kind.slice(kind.lastIndexOf('/') + 1);
  const group = kind.split('/').length > 2 ? `${kind.split('/')[0] ?? ''}/${name}` : name;
  return skipKinds.some((skipped) => skipped === kind || skipped === name || skipped === group);
}

function nameOf(object: Readonly<Record<string, unknown>>, kind: string): string {
  const metadata = record(object['metadata']);
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const name = text(metadata['name']) || text(metadata['generateName']) || '(no name)';
  return formatRef({
    kind: kind.slice(kind.lastIndexOf('/') + 1) || '(no kind)',
    namespace: text(metadata['namespace']),
    name,
  });
}

/** Compares one object with what is known of its kind. */
class ObjectCheck {
  readonly findings: DocumentFinding[] = [];
  readonly notValidated: NotValidated[] = [];
  readonly rulesSkipped: string[] = [];
  private readonly document: ParsedDocument;
  private readonly options: CheckOptions;
  private lines: ReturnType<typeof readPositions> | undefined;

  constructor(document: ParsedDocument, options: CheckOptions) {
    this.document = document;
    this.options = options;
  }

  private positions() {
    return (this.lines ??= readPositions(this.document.text));
  }

  add(
    level: FindingLevel,
    rule: string,
    message: string,
    path: FieldPath,
    more: { resource?: string; hint?: string } = {},
  ): void {
    this.findings.push({ level, rule, message, line: this.positions().lineOf(path), ...more });
  }

  duplicateKeys(resource: string): void {
    for (const { path, firstLine, line } of this.positions().duplicates) {
      const message = `${formatFieldPath(path)} is there twice, ${line - firstLine} lines apart: only the last counts`;
      this.findings.push({
        level: this.options.strict ? 'error' : 'warning',
        rule: 'duplicate-key',
        message,
        line,
        resource,
      });
    }
  }

  object(object: Readonly<Record<string, unknown>>, kind: string, prefix: FieldPath, validator: Validator): void {
    const { options } = this;
    const resource = nameOf(object, kind);
    const about = { resource };
    const slash = kind.lastIndexOf('/');
    if (slash <= 0 || slash === kind.length - 1) {
      const missing = slash <= 0 ? 'apiVersion' : 'kind';
      this.add('error', 'no-kind', `required field ${formatFieldPath([...prefix, missing])} is missing`, prefix, about);
      this.notValidated.push({ kind: '(no kind)', resource, reason: 'it has no apiVersion or kind' });
      return;
    }
    if (isSkipped(kind, options.skipKinds)) {
      this.notValidated.push({ kind: formatKind(kind), resource, reason: 'named in skip-kinds' });
      return;
    }
    const metadata = record(object['metadata']);
    if (!metadata['name'] && !metadata['generateName']) {
      const path = [...prefix, 'metadata'];
      this.add(
        'error',
        'missing-field',
        `required field ${formatFieldPath([...path, 'name'])} is missing`,
        path,
        about,
      );
    }
    const deprecation = options.deprecations === 'off' ? undefined : validator.deprecation(kind);
    const verdict = validator.check(object, kind);
    switch (verdict.status) {
      case 'checked':
        for (const problem of verdict.problems) {
          const message = prefix.length === 0 ? problem.message : `${formatFieldPath(prefix)}: ${problem.message}`;
          this.add('error', problem.rule, message, [...prefix, ...problem.path], about);
        }
        if (verdict.rulesSkipped !== undefined && verdict.rulesSkipped > 0) {
          const rules = `${verdict.rulesSkipped} ${verdict.rulesSkipped === 1 ? 'rule' : 'rules'}`;
          this.rulesSkipped.push(`${formatKind(kind)} (${rules})`);
        }
        if (deprecation !== undefined) {
          const level = options.deprecations === 'error' ? 'error' : 'warning';
          this.add(level, 'deprecated-api', deprecation.message, [...prefix, 'apiVersion'], about);
        }
        return;
      case 'not-served':
        this.add(
          'error',
          verdict.removed ? 'removed-api' : 'unknown-kind',
          verdict.message,
          [...prefix, 'apiVersion'],
          about,
        );
        this.notValidated.push({ kind: formatKind(kind), resource, reason: 'the Kubernetes version does not have it' });
        return;
      case 'no-schema':
        this.notValidated.push({ kind: formatKind(kind), resource, reason: 'no schema is known' });
        if (options.missingSchemas === 'ignore') return;
        this.add(
          options.missingSchemas === 'error' ? 'error' : 'warning',
          'missing-schema',
          `${verdict.message}: it was not validated`,
          [...prefix, 'apiVersion'],
          {
            ...about,
            hint: 'Name a folder or URL with its CustomResourceDefinition in the input "schemas", or say missing-schemas: warn.',
          },
        );
    }
  }
}

/** All that is wrong with one document's objects. */
export function checkDocument(document: ParsedDocument, validator: Validator, options: CheckOptions): DocumentReport {
  const { value, problem } = document;
  if (value === undefined) {
    return { findings: problem === undefined ? [] : [problem], objects: [], notValidated: [], rulesSkipped: [] };
  }
  const check = new ObjectCheck(document, options);
  const objects = objectsOf(value);
  if (document.hasDuplicateKeys) check.duplicateKeys(nameOf(value, objects[0]?.kind ?? ''));
  for (const { rule, path, message } of problemsOfList(value, validator)) check.add('error', rule, message, path);
  for (const { object, kind, index } of objects) {
    check.object(object, kind, index === undefined ? [] : ['items', index], validator);
  }
  return {
    findings: check.findings,
    objects: objects.map(({ object, kind, index }) =>
      renderedObject(
        {
          document,
          prefix: index === undefined ? [] : ['items', index],
          content: object,
          kind,
          resource: nameOf(object, kind),
          custom: !validator.isBuiltIn(kind),
        },
        validator.isNamespaced(kind),
      ),
    ),
    notValidated: check.notValidated,
    rulesSkipped: check.rulesSkipped,
  };
}

/** What a file or an answer of a server holds in the way of schemas. */
import { HelmCdError, messageOf } from '../core/errors.js';
import { splitRender } from '../core/rendered-documents.js';
import { record } from '../core/release-manifest.js';
import { readCustomKinds, type CustomKind } from '../schemas/crds.js';
import { plainKind, unknownReference } from '../schemas/json-schemas.js';
import { parseKubernetesYaml } from '../schemas/kubernetes-yaml.js';
import { objectsOf } from '../schemas/lists.js';
import { isJsonSchema, kindsOfSchema } from '../schemas/schema-names.js';

export interface SchemaContent {
  /** The kinds that it tells of itself. */
  readonly kinds: readonly CustomKind[];
  /** A JSON Schema that does not say of which kind it is. */
  readonly nameless: unknown;
}

function documentsOf(text: string, where: string): readonly unknown[] {
  try {
    if (/^\s*\{/.test(text)) return [JSON.parse(text) as unknown];
  } catch {
    // A flow map of YAML looks like that too.
  }
  try {
    return splitRender(text).map((document) => parseKubernetesYaml(document.text));
  } catch (cause) {
    const what = 'CustomResourceDefinitions or JSON Schema';
    throw new HelmCdError('file', `${where} cannot be read as ${what}: ${messageOf(cause)}`, {
      place: { file: where },
      cause,
    });
  }
}

/** The custom kinds that an object declares: a CustomResourceDefinition, or a list of them. */
export function kindsOfObject(object: unknown): readonly CustomKind[] {
  return objectsOf(record(object)).flatMap((item) => readCustomKinds(item.object));
}

/**
 * The custom kinds that CustomResourceDefinitions in a YAML stream declare; what is none is passed over.
 * @throws HelmCdError `file` when it cannot be parsed.
 */
export function kindsOfText(text: string, where: string): readonly CustomKind[] {
  return text.includes('CustomResourceDefinition') ? documentsOf(text, where).flatMap(kindsOfObject) : [];
}

/**
 * Reads CustomResourceDefinitions in YAML or JSON, or a JSON Schema. What is neither is passed over.
 * @throws HelmCdError `file` when it cannot be parsed, `unsupported` when a schema refers to other files.
 */
export function readSchemaText(text: string, where: string): SchemaContent {
  const kinds: CustomKind[] = [];
  let nameless: unknown;
  for (const document of documentsOf(text, where)) {
    if (!isJsonSchema(document)) {
      kinds.push(...kindsOfObject(document));
      continue;
    }
    const elsewhere = unknownReference(document);
    if (elsewhere !== undefined) {
      throw new HelmCdError('unsupported', `${where} refers to another file: ${elsewhere}`, {
        place: { file: where },
        hint: 'Use schemas that stand alone, each with its definitions in it.',
      });
    }
    const named = kindsOfSchema(document);
    if (named.length === 0) nameless = document;
    kinds.push(...named.map((kind) => plainKind(kind, document)));
  }
  return { kinds, nameless };
}

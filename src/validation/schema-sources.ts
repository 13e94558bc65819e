/** The input `schemas`: where else schemas of custom resources are. */
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { HelmCdError } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import { createSingleFlight } from '../core/single-flight.js';
import type { CustomKind } from '../schemas/crds.js';
import { plainKind } from '../schemas/json-schemas.js';
import { exactness, isNameOf, nameOfFile, partsOfKind, type SchemaName } from '../schemas/schema-names.js';
import { downloadSchema, shownAddress, type DownloadServices } from './schema-download.js';
import { checkTemplate, fillTemplate } from './schema-template.js';
import { readSchemaText, type SchemaContent } from './schema-text.js';

/** Schemas of custom resources that no chart brings along. */
export interface SchemaSources {
  /** Those that are known without being asked for. */
  readonly kinds: readonly CustomKind[];
  /**
   * Looks for a kind in catalogs: of folders by the names of files, of servers by an address made for the kind. Each kind
   * is looked for once.
   * @returns the versions of it that are found; none when no catalog has it.
   * @throws HelmCdError when a catalog cannot be asked; `failed` knows it.
   */
  readonly lookUp: (kind: string) => Promise<readonly CustomKind[]>;
  /** Whether an error is one of `lookUp`, and so no fault of a chart. */
  failed(error: unknown): boolean;
}

/** One line of the input. */
interface Source {
  readonly kinds: readonly CustomKind[];
  readonly lookUp?: SchemaSources['lookUp'];
}

type SourceServices = DownloadServices & Pick<Services, 'workingDirectory'>;

const SCHEMA_FILE = /\.(?:ya?ml|json)$/i;
const IS_URL = /^https?:\/\//i;
const LAYOUTS = '{group}/{kind}_{version}.json or {kind}-{group}-{version}.json';
const NONE: readonly CustomKind[] = [];

const slashed = (file: string) => file.split(path.sep).join('/');

/** What of a content is about the kind. A schema that does not say so itself is that of the kind it was found for. */
function about(kind: string, { kinds, nameless }: SchemaContent): readonly CustomKind[] {
  if (nameless !== undefined) return [plainKind(kind, nameless)];
  const { group, kind: name } = partsOfKind(kind);
  return kinds.filter((item) => item.group === group && partsOfKind(item.kind).kind === name);
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && SCHEMA_FILE.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** A catalog has thousands of files: those whose names tell a kind are read when it is asked for. */
async function openFolder(folder: string, workingDirectory: string): Promise<Source> {
  const kinds: CustomKind[] = [];
  const catalog: { readonly file: string; readonly name: SchemaName }[] = [];
  const read = async (file: string): Promise<SchemaContent> => {
    const text = await readFile(file, 'utf8');
    if (!/CustomResourceDefinition|properties|\$ref|allOf/.test(text)) return { kinds: NONE, nameless: undefined };
    return readSchemaText(text, slashed(path.relative(workingDirectory, file)));
  };
  for (const file of await filesBelow(folder)) {
    const name = nameOfFile(slashed(file));
    if (name === undefined) kinds.push(...(await read(file)).kinds);
    else catalog.push({ file, name });
  }
  if (catalog.length === 0) return { kinds };
  catalog.sort((a, b) => exactness(b.name) - exactness(a.name));
  const lookUp = async (kind: string) => {
    for (const { file } of catalog.filter(({ name }) => isNameOf(name, kind))) {
      const found = about(kind, await read(file));
      if (found.length > 0) return found;
    }
    return NONE;
  };
  return { kinds, lookUp };
}

/** A source that is one text. */
function openText(content: SchemaContent, where: string, name: SchemaName | undefined): Source {
  const { kinds, nameless } = content;
  if (nameless === undefined) return { kinds };
  if (name === undefined) {
    throw new HelmCdError('input', `Input "schemas": ${where} does not say of which kind it is the schema.`, {
      hint: `Name it as catalogs do: ${LAYOUTS}.`,
    });
  }
  return { kinds, lookUp: (kind) => Promise.resolve(isNameOf(name, kind) ? about(kind, content) : NONE) };
}

/** What a server has under the address of a schema must be one. */
function readDownloaded(text: string, url: string): SchemaContent {
  const shown = shownAddress(url);
  const nonsense = (cause?: unknown) => {
    const what = 'is neither a CustomResourceDefinition nor JSON Schema';
    return new HelmCdError('unreachable', `Input "schemas": what ${shown} answers ${what}`, {
      hint: 'Open the address: a proxy or a page to sign in may have answered.',
      cause,
    });
  };
  let content: SchemaContent;
  try {
    content = readSchemaText(text, shown);
  } catch (error) {
    throw error instanceof HelmCdError && error.code === 'file' ? nonsense(error) : error;
  }
  if (content.kinds.length === 0 && content.nameless === undefined) throw nonsense();
  return content;
}

/** A catalog that is asked for one kind at a time: a server's, or a folder's in a layout of its own. */
function openTemplate(item: string, services: SourceServices): Source {
  checkTemplate(item);
  const lookUp = async (kind: string) => {
    const place = fillTemplate(item, kind);
    if (place === undefined) return NONE;
    if (IS_URL.test(place)) {
      const text = await downloadSchema(place, services);
      return text === undefined ? NONE : about(kind, readDownloaded(text, place));
    }
    const file = path.resolve(services.workingDirectory, place);
    const text = (await isFile(file)) ? await readFile(file, 'utf8') : undefined;
    return text === undefined ? NONE : about(kind, readSchemaText(text, place));
  };
  return { kinds: NONE, lookUp };
}

const isFile = (file: string) =>
  stat(file).then(
    (info) => info.isFile(),
    () => false,
  );

async function openUrl(item: string, services: SourceServices): Promise<Source> {
  const text = await downloadSchema(item, services);
  const shown = shownAddress(item);
  if (text === undefined) throw new HelmCdError('not-found', `Input "schemas": there is nothing at ${shown}`);
  return openText(readDownloaded(text, item), shown, nameOfFile(new URL(item).pathname));
}

async function openSource(item: string, services: SourceServices): Promise<Source> {
  if (/[{}]/.test(item)) return openTemplate(item, services);
  if (IS_URL.test(item)) return openUrl(item, services);
  const { workingDirectory } = services;
  const location = path.resolve(workingDirectory, item);
  const info = await stat(location).catch(() => undefined);
  if (info === undefined) {
    throw new HelmCdError('not-found', `Input "schemas" names what does not exist: ${item}`, {
      hint: 'It is relative to working-directory.',
    });
  }
  const source = info.isDirectory()
    ? await openFolder(location, workingDirectory)
    : openText(readSchemaText(await readFile(location, 'utf8'), item), item, nameOfFile(slashed(location)));
  if (source.kinds.length > 0 || source.lookUp !== undefined) return source;
  throw new HelmCdError('input', `Input "schemas": ${item} declares no custom kind.`, {
    hint: `It must hold CustomResourceDefinitions in YAML or JSON, or JSON Schemas named ${LAYOUTS}.`,
  });
}

/**
 * Opens what the input `schemas` names: files and folders of CustomResourceDefinitions or JSON Schemas, the URL of one, or
 * an address with placeholders such as `https://example.com/{group}/{kind}_{version}.json`.
 * @throws HelmCdError `not-found` when one does not exist, `input` when it declares no kind, `unreachable`, `file`.
 */
export async function openSchemaSources(items: readonly string[], services: SourceServices): Promise<SchemaSources> {
  const sources: Source[] = [];
  for (const item of items) sources.push(await openSource(item, services));
  const once = createSingleFlight<readonly CustomKind[]>();
  const failures = new WeakSet();
  return {
    kinds: sources.flatMap(({ kinds }) => kinds),
    lookUp: (kind) =>
      once(kind, async () => {
        try {
          for (const { lookUp } of sources) {
            const found = (await lookUp?.(kind)) ?? NONE;
            if (found.length > 0) return found;
          }
          return NONE;
        } catch (error) {
          if (error instanceof HelmCdError) failures.add(error);
          throw error;
        }
      }),
    failed: (error) => error instanceof HelmCdError && failures.has(error),
  };
}

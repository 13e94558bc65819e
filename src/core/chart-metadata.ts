import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document, Node, Scalar, YAMLMap } from 'yaml';
import { HelmCdError, type Place } from './errors.js';

/** One of `dependencies:` in Chart.yaml, with Helm's own field names: it goes into an index as it is. */
export interface ChartDependency {
  readonly name: string;
  /** An exact version or a constraint; may be empty. */
  readonly version?: string;
  /** A repository's URL, `oci://…`, `file://folder`, `@name`; empty: the chart is in charts/ already. */
  readonly repository: string;
  readonly condition?: string;
  readonly tags?: readonly string[];
  readonly enabled?: boolean;
  readonly 'import-values'?: readonly unknown[];
  readonly alias?: string;
}

export interface ChartMaintainer {
  readonly name?: string;
  readonly email?: string;
  readonly url?: string;
}

/**
 * What Helm knows of a chart: the fields of Chart.yaml that it reads, in its order and with its names. Unknown keys of
 * the file are not here: one of them in an index makes helm refuse the whole repository.
 */
export interface ChartMetadata {
  readonly name: string;
  readonly home?: string;
  readonly sources?: readonly string[];
  readonly version: string;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly maintainers?: readonly ChartMaintainer[];
  readonly icon?: string;
  readonly apiVersion: string;
  readonly condition?: string;
  readonly tags?: string;
  readonly appVersion?: string;
  readonly deprecated?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly kubeVersion?: string;
  readonly dependencies?: readonly ChartDependency[];
  readonly type?: string;
}

/**
 * Numbers and booleans as Go prints them, which for what YAML can hold is as JavaScript does. What the parser takes for a
 * number without any digits to count, such as the commit id e1234567, is text to helm.
 */
function scalarText({ value, source }: Scalar): string {
  if (typeof value === 'string') return value;
  const isText = typeof value === 'number' && Number.isNaN(value) && source !== undefined && !/nan/i.test(source);
  return isText ? source : String(value);
}

/** Reads the nodes of one file, and knows where they are. */
class Reader {
  private readonly file: string;
  private readonly lines = new LineCounter();
  private readonly document: Document;
  readonly root: YAMLMap | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    // YAML 1.1, as helm's parser has it, less the types that helm never uses here: a date or 1:30 is text.
    this.document = parseDocument(text, {
      lineCounter: this.lines,
      version: '1.1',
      uniqueKeys: false,
      customTags: (tags) =>
        tags.filter((tag) => typeof tag === 'string' || !(tag.tag.endsWith(':timestamp') || tag.format === 'TIME')),
    });
    const [problem] = this.document.errors;
    if (problem !== undefined) {
      // A line that is indented too far is said to be wrong where the one before it begins.
      const spread = problem.code === 'BLOCK_AS_IMPLICIT_KEY' ? this.document.errors[1] : undefined;
      const offset = spread?.code === 'MULTILINE_IMPLICIT_KEY' ? spread.pos[1] : problem.pos[0];
      const { line, col } = this.lines.linePos(offset);
      const reason = problem.message.split('\n')[0]?.replace(/ at line.*/, '') ?? '';
      throw new HelmCdError('file', `${file} is no valid YAML: ${reason}`, { place: { file, line, column: col } });
    }
    this.root = isMap(this.document.contents) ? this.document.contents : undefined;
  }

  /** The node of a key; an alias is what it stands for. */
  private node(map: YAMLMap, key: string): unknown {
    const node = map.get(key, true) as unknown;
    return isAlias(node) ? node.resolve(this.document) : node;
  }

  place(node: unknown): Place {
    const offset = (node as Node | undefined)?.range?.[0];
    return offset === undefined ? { file: this.file } : { file: this.file, line: this.lines.linePos(offset).line };
  }

  fail(node: unknown, problem: string): never {
    throw new HelmCdError('file', `${this.file}: ${problem}`, { place: this.place(node) });
  }

  wrong(node: unknown, what: string, expected: string): never {
    return this.fail(node, `${what} is not ${expected}.`);
  }

  /** A scalar as helm turns it into text: 1.10 without quotes is the number 1.1. */
  text(map: YAMLMap, key: string, what = key): string | undefined {
    return this.scalar(this.node(map, key), what);
  }

  private scalar(node: unknown, what: string): string | undefined {
    if (node === undefined) return undefined;
    if (!isScalar(node)) return this.wrong(node, what, 'a text');
    return node.value === null ? undefined : scalarText(node);
  }

  flag(map: YAMLMap, key: string, what = key): boolean | undefined {
    const node = this.node(map, key);
    if (node === undefined || (isScalar(node) && node.value === null)) return undefined;
    if (!isScalar(node) || typeof node.value !== 'boolean') return this.wrong(node, what, 'true or false');
    return node.value;
  }

  items(map: YAMLMap, key: string, what = key): readonly unknown[] | undefined {
    const node = this.node(map, key);
    if (node === undefined || (isScalar(node) && node.value === null)) return undefined;
    return isSeq(node) ? node.items : this.wrong(node, what, 'a list');
  }

  texts(map: YAMLMap, key: string, what = key): readonly string[] | undefined {
    return this.items(map, key, what)?.map((item) =>
      isScalar(item) && item.value !== null ? scalarText(item) : this.wrong(item, `an item of ${what}`, 'a text'),
    );
  }

  maps(map: YAMLMap, key: string): readonly YAMLMap[] | undefined {
    return this.items(map, key)?.map((item) => (isMap(item) ? item : this.wrong(item, `an item of ${key}`, 'a map')));
  }

  textMap(map: YAMLMap, key: string): Readonly<Record<string, string>> | undefined {
    const node = this.node(map, key);
    if (node === undefined || (isScalar(node) && node.value === null)) return undefined;
    if (!isMap(node)) return this.wrong(node, key, 'a map');
    const entries = node.items.map((pair): [string, string] => {
      const name = isScalar(pair.key) ? scalarText(pair.key) : String(pair.key);
      const value = isAlias(pair.value) ? pair.value.resolve(this.document) : pair.value;
      return [name, this.scalar(value, `${key}.${name}`) ?? ''];
    });
    return Object.fromEntries(entries);
  }
}

/** Without the keys whose value is undefined, so that the object is what it will be as JSON. */
function compact<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}

function readDependencies(reader: Reader, map: YAMLMap): readonly ChartDependency[] | undefined {
  return reader.maps(map, 'dependencies')?.map((item) => {
    const name = reader.text(item, 'name');
    if (name === undefined || name === '') return reader.fail(item, 'a dependency has no name.');
    return compact<ChartDependency>({
      name,
      version: reader.text(item, 'version', `dependency ${name}: version`),
      repository: reader.text(item, 'repository', `dependency ${name}: repository`) ?? '',
      condition: reader.text(item, 'condition'),
      tags: reader.texts(item, 'tags'),
      enabled: reader.flag(item, 'enabled'),
      'import-values': (item.toJSON() as { 'import-values'?: unknown[] })['import-values'],
      alias: reader.text(item, 'alias'),
    });
  });
}

/**
 * Parses a Chart.yaml the way helm does (YAML 1.1, unknown keys allowed).
 * @param file its name for messages.
 * @throws HelmCdError `file`, with the line, when it is no YAML, a field has the wrong type, or name, version or
 *   apiVersion is missing.
 */
export function parseChartMetadata(text: string, file: string): ChartMetadata {
  const reader = new Reader(file, text);
  const map = reader.root;
  if (map === undefined)
    throw new HelmCdError('file', `${file} holds no chart metadata.`, { place: { file, line: 1 } });
  const required = (key: string) => {
    const value = reader.text(map, key);
    if (value !== undefined && value !== '') return value;
    throw new HelmCdError('file', `${file} has no ${key}.`, { place: { file, line: 1 } });
  };
  return compact<ChartMetadata>({
    name: required('name'),
    home: reader.text(map, 'home'),
    sources: reader.texts(map, 'sources'),
    version: required('version'),
    description: reader.text(map, 'description'),
    keywords: reader.texts(map, 'keywords'),
    maintainers: reader.maps(map, 'maintainers')?.map((item) =>
      compact<ChartMaintainer>({
        name: reader.text(item, 'name'),
        email: reader.text(item, 'email'),
        url: reader.text(item, 'url'),
      }),
    ),
    icon: reader.text(map, 'icon'),
    apiVersion: required('apiVersion'),
    condition: reader.text(map, 'condition'),
    tags: reader.text(map, 'tags'),
    appVersion: reader.text(map, 'appVersion'),
    deprecated: reader.flag(map, 'deprecated'),
    annotations: reader.textMap(map, 'annotations'),
    kubeVersion: reader.text(map, 'kubeVersion'),
    dependencies: readDependencies(reader, map),
    type: reader.text(map, 'type'),
  });
}

/** The `dependencies` of a file that has nothing else: a requirements.yaml of a chart with apiVersion v1. */
export function parseRequirements(text: string, file: string): readonly ChartDependency[] {
  const reader = new Reader(file, text);
  return reader.root === undefined ? [] : (readDependencies(reader, reader.root) ?? []);
}

/** Chart.lock: the exact versions that `helm dependency update` chose. */
export interface ChartLock {
  /** `sha256:…` over Chart.yaml's dependencies and the chosen ones. */
  readonly digest: string;
  readonly dependencies: readonly ChartDependency[];
}

/**
 * Parses a Chart.lock.
 * @throws HelmCdError `file` when it is no YAML.
 */
export function parseChartLock(text: string, file: string): ChartLock {
  const reader = new Reader(file, text);
  if (reader.root === undefined) return { digest: '', dependencies: [] };
  return {
    digest: reader.text(reader.root, 'digest') ?? '',
    dependencies: readDependencies(reader, reader.root) ?? [],
  };
}

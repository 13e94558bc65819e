/** What a ChartMuseum server keeps: archives in a folder, and an index in memory that follows them. */
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dump } from 'js-yaml';
import semver from 'semver';
import { readPackedChart } from '../../../src/charts/pack.js';
import { compareVersions } from '../../../src/core/chart-index.js';
import { sha256Hex } from '../../../src/core/digest.js';
import { museumProvenanceName } from '../../../src/core/provenance.js';

/** As in index.yaml. */
export type Entry = Readonly<Record<string, unknown>> & { readonly name: string; readonly version: string };

/** By chart's name and version. */
export type Index = Map<string, Entry>;

const keyOf = (name: string, version: string) => `${name} ${version}`;

/** The chart in an archive; as the real server, it takes what helm can load and nothing else. */
export async function entryOf(content: Uint8Array, created: Date, chartUrl: string): Promise<Entry> {
  const { metadata } = await readPackedChart(content, 'the upload');
  const file = `charts/${metadata.name}-${metadata.version}.tgz`;
  const urls = [chartUrl === '' ? file : `${chartUrl}/${file}`];
  return { ...metadata, created: created.toISOString(), digest: sha256Hex(content), urls };
}

export function isEntry(value: unknown): value is Entry {
  return value !== null && typeof value === 'object' && 'version' in value;
}

/** The name of the file that a provenance is kept as. */
export function provenanceFile(content: Uint8Array): string | undefined {
  return museumProvenanceName(content);
}

/** Archives and provenance files of one tenant. */
export class Storage {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async read(file: string): Promise<Buffer | undefined> {
    return readFile(path.join(this.folder, file)).catch(() => undefined);
  }

  /** In one step, over whatever is there. */
  async write(file: string, content: Uint8Array): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const temporary = path.join(this.folder, `.${file}.${process.hrtime.bigint()}`);
    await writeFile(temporary, content);
    await rename(temporary, path.join(this.folder, file));
  }

  async remove(file: string): Promise<boolean> {
    return rm(path.join(this.folder, file)).then(
      () => true,
      () => false,
    );
  }

  async files(): Promise<readonly string[]> {
    const entries = await readdir(this.folder, { withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map(({ name }) => name);
  }

  /** What is there, as an index: how a server starts. */
  async index(chartUrl: string): Promise<Index> {
    const index: Index = new Map();
    for (const file of await this.files()) {
      if (!file.endsWith('.tgz')) continue;
      const content = await readFile(path.join(this.folder, file));
      const { mtime } = await stat(path.join(this.folder, file));
      // An archive that is none is left out, with a warning in the real server's log.
      const entry = await entryOf(content, mtime, chartUrl).catch(() => undefined);
      if (entry !== undefined) addEntry(index, entry);
    }
    return index;
  }
}

export function addEntry(index: Index, entry: Entry): void {
  index.set(keyOf(entry.name, entry.version), entry);
}

export function removeEntry(index: Index, name: string, version: string): void {
  index.delete(keyOf(name, version));
}

/** The entries by chart, each chart's newest first. */
export function entriesOf(index: Index): Record<string, Entry[]> {
  const charts: Record<string, Entry[]> = {};
  for (const entry of index.values()) (charts[entry.name] ??= []).push(entry);
  for (const list of Object.values(charts)) list.sort((a, b) => compareVersions(a.version, b.version));
  return charts;
}

/** A version as helm finds it: that very one, or else the newest that it is a constraint for. */
export function findEntry(index: Index, name: string, version: string): Entry | undefined {
  const versions = entriesOf(index)[name] ?? [];
  const exact = versions.find((entry) => entry.version === version);
  return exact ?? versions.find((entry) => semver.satisfies(entry.version, version.replace(/\+.*$/, '')));
}

export function indexText(index: Index, contextPath: string): string {
  const serverInfo = contextPath === '' ? {} : { contextPath };
  const content = { apiVersion: 'v1', entries: entriesOf(index), generated: new Date().toISOString(), serverInfo };
  return dump(JSON.parse(JSON.stringify(content)), { lineWidth: -1, noRefs: true });
}

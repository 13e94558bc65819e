/**
 * When versions were seen for the first time, kept between runs: many registries do not say when something was published, and
 * then its age counts from here.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';

const FILE = 'first-seen.json';
/** What nobody has asked for since is forgotten. */
const FORGOTTEN_MS = 90 * 86_400_000;

interface Entry {
  /** RFC 3339. */
  readonly first: string;
  readonly last: string;
}

function isEntry(value: unknown): value is Entry {
  const { first, last } = Object(value) as Record<string, unknown>;
  return [first, last].every((time) => typeof time === 'string' && !Number.isNaN(Date.parse(time)));
}

/** The memory of one folder. */
export class FirstSeen {
  private readonly file: string;
  private readonly entries: Map<string, Entry>;
  private readonly now: number;
  private readonly log: Services['log'];
  private changed = false;

  private constructor(folder: string, entries: Map<string, Entry>, now: number, log: Services['log']) {
    this.file = path.join(folder, FILE);
    this.entries = entries;
    this.now = now;
    this.log = log;
  }

  /** @param now milliseconds since 1970. */
  static async open(folder: string, now: number, log: Services['log']): Promise<FirstSeen> {
    let content: unknown;
    try {
      content = JSON.parse(await readFile(path.join(folder, FILE), 'utf8'));
    } catch (error) {
      log.debug(`Nothing is known of when versions were seen first: ${messageOf(error)}`);
    }
    const entries = Object.entries(Object(content) as Record<string, unknown>).filter(
      (entry): entry is [string, Entry] => isEntry(entry[1]) && Date.parse(entry[1].last) > now - FORGOTTEN_MS,
    );
    return new FirstSeen(folder, new Map(entries), now, log);
  }

  /** When this archive was seen first: now, if it was not. RFC 3339. */
  timeOf(repository: string, chart: string, version: string, digest: string): string {
    const key = JSON.stringify([repository, chart, version, digest]);
    const last = new Date(this.now).toISOString();
    const { first = last } = this.entries.get(key) ?? {};
    this.entries.set(key, { first, last });
    this.changed = true;
    return first;
  }

  async save(): Promise<void> {
    if (!this.changed) return;
    try {
      await mkdir(path.dirname(this.file), { recursive: true });
      await writeFile(`${this.file}.new`, JSON.stringify(Object.fromEntries(this.entries)), { mode: 0o600 });
      await rename(`${this.file}.new`, this.file);
    } catch (error) {
      this.log.warning(`When versions were seen first cannot be kept for the next run: ${messageOf(error)}`);
    }
  }
}

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { gitEnvironment } from './git.js';

export interface GitObject {
  readonly oid: string;
  readonly type: string;
  readonly content: Buffer;
}

/**
 * Reads a repository's objects through one `git cat-file --batch` that stays: an answer costs no process. Objects and refs
 * that others write are seen at once, for git looks again at each name.
 */
export class ObjectReader {
  readonly #repository: string;
  readonly #waiting: { resolve(object: GitObject | undefined): void; reject(error: Error): void }[] = [];
  #child: ChildProcessWithoutNullStreams | undefined;
  #buffer: Buffer = Buffer.alloc(0);
  /** What came after it: put together only when there is enough for the next object. */
  #more: Buffer[] = [];
  #size = 0;
  #needed = 0;

  constructor(repository: string) {
    this.#repository = repository;
  }

  /** @param name whatever git takes for one object: an oid, a full ref name, `oid:path`; undefined when there is none */
  read(name: string): Promise<GitObject | undefined> {
    if (name.includes('\n')) return Promise.resolve(undefined);
    const child = (this.#child ??= this.#start());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      child.stdin.write(`${name}\n`);
    });
  }

  close(): void {
    this.#child?.stdin.end();
    this.#child = undefined;
  }

  #start(): ChildProcessWithoutNullStreams {
    const child = spawn('git', ['-C', this.#repository, 'cat-file', '--batch'], { env: gitEnvironment() });
    child.stdout.on('data', (chunk: Buffer) => {
      this.#more.push(chunk);
      this.#size += chunk.length;
      if (this.#size < this.#needed) return;
      this.#buffer = Buffer.concat([this.#buffer, ...this.#more.splice(0)]);
      this.#needed = 0;
      this.#deliver();
      this.#size = this.#buffer.length;
    });
    child.stdin.on('error', () => undefined);
    child.stderr.resume();
    child.on('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('git cat-file has ended'));
    });
    return child;
  }

  #deliver(): void {
    for (;;) {
      const lineEnd = this.#buffer.indexOf(0x0a);
      const next = this.#waiting[0];
      if (lineEnd < 0 || next === undefined) return;
      const header = this.#buffer.subarray(0, lineEnd).toString();
      const found = /^([0-9a-f]{40}) (\w+) (\d+)$/.exec(header);
      if (found === null) {
        this.#waiting.shift();
        this.#buffer = this.#buffer.subarray(lineEnd + 1);
        next.resolve(undefined); // "… missing" or "… ambiguous"
        continue;
      }
      const [, oid = '', type = '', size] = found;
      const end = lineEnd + 1 + Number(size);
      if (this.#buffer.length < end + 1) {
        this.#needed = end + 1;
        return;
      }
      this.#waiting.shift();
      const content = Buffer.from(this.#buffer.subarray(lineEnd + 1, end));
      this.#buffer = this.#buffer.subarray(end + 1);
      next.resolve({ oid, type, content });
    }
  }
}

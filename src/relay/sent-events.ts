interface Sent {
  readonly digest: string;
  readonly at: number;
}

/**
 * What was sent last for each tag to each repository, so that it is not sent again: a registry's retries, the parts of a
 * multi-platform image, a replay. Only the last digest counts, for a tag that goes back to an earlier image is news.
 */
export class SentEvents {
  /** In the order in which they were sent. */
  readonly #sent = new Map<string, Sent>();
  readonly #now: () => number;
  readonly #rememberMs: number;
  readonly #most: number;

  /** @param most so many tags are remembered. */
  constructor(now: () => number, rememberMs: number, most = 10_000) {
    this.#now = now;
    this.#rememberMs = rememberMs;
    this.#most = most;
  }

  get size(): number {
    return this.#sent.size;
  }

  /** @param key repository, event, image and tag. */
  has(key: string, digest: string): boolean {
    const sent = this.#sent.get(key);
    return sent !== undefined && sent.digest === digest && this.#now() - sent.at < this.#rememberMs;
  }

  add(key: string, digest: string): void {
    this.#sent.delete(key);
    this.#sent.set(key, { digest, at: this.#now() });
    for (const [oldest, { at }] of this.#sent) {
      if (this.#sent.size <= this.#most && this.#now() - at < this.#rememberMs) break;
      this.#sent.delete(oldest);
    }
  }
}

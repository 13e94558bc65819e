import type { Masks } from '../core/ports.js';

/** Shorter ones would make a log unreadable. */
const SHORTEST = 6;
/** Tokens that registries give come and go; so many are remembered. */
const MOST_TOKENS = 200;

/** Hides the configuration's secrets, and the tokens that were given last. It remembers a bounded number, for a server lives long. */
export function createRelayMasks(secrets: readonly string[]): Masks {
  const forms = (secret: string) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
  const fixed = [...new Set(secrets.flatMap(forms))].filter((form) => form.length >= SHORTEST);
  fixed.sort((a, b) => b.length - a.length);
  const tokens = new Set<string>();
  return {
    add(secret) {
      if (secret.length < SHORTEST) return;
      tokens.delete(secret);
      tokens.add(secret);
      const [oldest] = tokens;
      if (tokens.size > MOST_TOKENS && oldest !== undefined) tokens.delete(oldest);
    },
    redact(text) {
      let redacted = text;
      for (const form of [...fixed, ...tokens]) redacted = redacted.replaceAll(form, '***');
      return redacted;
    },
  };
}

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { HmacScheme } from './auth-config.js';

/** Known to nobody: what a caller sends is compared only after it has become something that he cannot choose. */
const KEY = randomBytes(32);

function mixed(text: string): Buffer {
  return createHmac('sha256', KEY).update(text).digest();
}

/**
 * Whether a text is one of the secrets. How long it takes depends neither on where they differ nor on which one it is.
 */
export function isOneOf(secrets: readonly string[], text: string): boolean {
  const given = mixed(text);
  return secrets.map((secret) => timingSafeEqual(mixed(secret), given)).includes(true);
}

/**
 * Whether a signature in a header is that of the body, by one of the secrets.
 * @param given the header's value: the scheme's prefix and the digest in hex.
 */
export function isSignature(
  { algorithm, prefix }: HmacScheme,
  secrets: readonly string[],
  body: Uint8Array,
  given: string,
): boolean {
  const right = secrets.map((secret) => prefix + createHmac(algorithm, secret).update(body).digest('hex'));
  return isOneOf(right, prefix + given.slice(prefix.length).toLowerCase()) && given.startsWith(prefix);
}

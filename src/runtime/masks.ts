import * as core from '@actions/core';
import type { Masks } from '../core/ports.js';

/** Shorter values are too common to be replaced everywhere: masking `1` would make a log unreadable. */
const SHORTEST = 4;

/** All the forms in which a secret may surface: whole, each line, base64 of the whole, decoded from base64. */
function formsOf(secret: string): readonly string[] {
  const forms = [secret, secret.trim(), ...secret.split(/\r?\n/).map((line) => line.trim())];
  forms.push(Buffer.from(secret).toString('base64'), Buffer.from(secret.trim()).toString('base64'));
  if (/^[A-Za-z0-9+/=\s]{16,}$/.test(secret)) {
    const decoded = Buffer.from(secret, 'base64').toString();
    if (!decoded.includes('\ufffd')) forms.push(decoded, ...decoded.split(/\r?\n/).map((line) => line.trim()));
  }
  return forms.filter((form) => form.length >= SHORTEST);
}

/** Masks by the runner (`::add-mask::`) and by ourselves, for what does not go through the runner's log. */
export function createMasks(): Masks {
  const known = new Set<string>();
  let longestFirst: readonly string[] = [];
  return {
    add(secret) {
      for (const form of formsOf(secret)) {
        if (known.has(form)) continue;
        known.add(form);
        core.setSecret(form);
      }
      longestFirst = [...known].sort((a, b) => b.length - a.length);
    },
    redact(text) {
      let redacted = text;
      for (const form of longestFirst) redacted = redacted.replaceAll(form, '***');
      return redacted;
    },
  };
}

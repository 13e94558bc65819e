import { escapeMarkdown } from '../core/markdown.js';
import type { Masks } from '../core/ports.js';
import * as runner from './workflow-commands.js';

/** Shorter values are too common to be replaced everywhere: masking `1` would make a log unreadable. */
const SHORTEST = 4;

/** What a kubeconfig calls things; the values are no secrets, and hiding `v1` or a namespace everywhere would hide the log. */
const NO_SECRETS = new Set(
  [
    ...['apiVersion', 'kind', 'preferences', 'clusters', 'cluster', 'server', 'tls-server-name', 'contexts', 'context'],
    ...['name', 'namespace', 'user', 'users', 'current-context', 'insecure-skip-tls-verify', 'extensions', 'command'],
    ...['interactiveMode', 'provideClusterInfo', 'certificate-authority', 'certificate-authority-data'],
  ].map((key) => key.toLowerCase()),
);

/** What is secret in a line of a secret: the value of `key: value` (YAML or JSON), else the whole line. */
function secretOf(line: string): string {
  const [, key, value = ''] = /^[-\s]*"?([\w./-]+)"?\s*:(?:\s+(.*?))?,?$/.exec(line) ?? [];
  if (key === undefined) return /^[-[\]{},"\s]*$/.test(line) ? '' : line.trim();
  return NO_SECRETS.has(key.toLowerCase()) ? '' : value.trim().replace(/^(["'])(.*)\1$/, '$2');
}

/** A text and, when it has several lines, what is secret in each. */
function withLines(text: string): readonly string[] {
  const lines = text.trim().split(/\r\n|\r|\n/);
  return lines.length === 1 ? [text, text.trim()] : [text, text.trim(), ...lines.map(secretOf)];
}

/** A text as other formats write it: base64, and escaped for JSON, a URL and Markdown. */
function encodedForms(text: string): readonly string[] {
  const everywhere = [Buffer.from(text).toString('base64'), JSON.stringify(text).slice(1, -1)];
  if (/[\r\n]/.test(text)) return everywhere;
  // By way of bytes, for a URL cannot hold half a surrogate pair.
  const url = encodeURIComponent(Buffer.from(text).toString());
  return [...everywhere, url, escapeMarkdown(text), text.replaceAll('|', '\\|')];
}

/** All the forms in which a secret may surface: whole and by line, as it is and decoded from base64, and each encoded. */
function formsOf(secret: string): readonly string[] {
  const plain = [...withLines(secret)];
  if (/^[A-Za-z0-9+/=\s]{16,}$/.test(secret)) {
    const decoded = Buffer.from(secret, 'base64').toString();
    // Only what is text was encoded text; the rest merely has the letters of base64.
    if (!/[\ufffd\p{Cc}]/u.test(decoded.replace(/[\t\r\n]/g, ''))) plain.push(...withLines(decoded));
  }
  return plain.filter((form) => form.length >= SHORTEST).flatMap((form) => [form, ...encodedForms(form)]);
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
        runner.setSecret(form);
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

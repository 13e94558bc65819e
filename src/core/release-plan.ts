/**
 * The digest of a plan: what a person approves after a dry run, and what a later deploy must find again.
 *
 * It is published (an output, a job summary), and values and manifests hold secrets. A plain hash of a short secret
 * among known text can be guessed offline, and a keyed hash needs a key that two runs share; so these two parts go through scrypt
 * (RFC 7914), which makes each guess as dear as a password's.
 */
import { scryptSync } from 'node:crypto';
import { sha256Hex } from './digest.js';
import { canonicalJson, contentHash, type RenderedRelease, type Revision } from './release.js';

export interface PlanInput {
  readonly namespace: string;
  readonly release: string;
  /** `sha256:…` of the archive, or of a folder's content. */
  readonly chartDigest: string;
  readonly next: RenderedRelease;
  /** What is deployed now; nothing before the first install. */
  readonly base: Revision | undefined;
}

const PARTS = ['chart', 'values', 'base', 'manifest'] as const;
type Part = (typeof PARTS)[number];

const MEANINGS: Record<Part, string> = {
  chart: 'the chart',
  values: 'the values',
  base: 'the deployed revision',
  manifest: 'the rendered objects',
};

/** About 30 ms a hash. */
const SCRYPT = { N: 8192, r: 8, p: 1 };

function slowHash(text: string, salt: string): string {
  return scryptSync(text, salt, 32, SCRYPT).toString('hex');
}

/**
 * `sha256:HEX/chart-…/values-…/base-…/manifest-…`: the hash binds; the short parts behind it only serve to say what
 * differs.
 */
export function planDigest(plan: PlanInput): string {
  const salt = `helm-cd plan 1 ${plan.namespace}/${plan.release}`;
  const base = plan.base === undefined ? '' : contentHash(plan.base);
  const hashes: Record<Part, string> = {
    chart: sha256Hex(plan.chartDigest),
    values: slowHash(canonicalJson(plan.next.config), salt),
    base: slowHash(base, salt),
    manifest: slowHash(contentHash(plan.next), salt),
  };
  const revision = plan.base?.revision ?? 0;
  const whole = sha256Hex([salt, revision, ...PARTS.map((part) => hashes[part])].join('\n'));
  const parts = PARTS.map((part) => `${part}-${part === 'base' ? revision : hashes[part].slice(0, 8)}`);
  return `sha256:${whole}/${parts.join('/')}`;
}

/** Whether a text can be the digest of a plan. */
export function isPlanDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}(?:\/(?:chart|values|manifest)-[0-9a-f]{8}|\/base-\d+)*$/.test(text);
}

function partsOf(digest: string): ReadonlyMap<string, string> {
  const parts = digest.split('/').slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('-')), part.slice(part.indexOf('-') + 1)]));
}

/** What two plans differ in, in words: `the values and the deployed revision (3 → 4)`. Nothing when they are the same. */
export function planDifference(approved: string, actual: string): string | undefined {
  if (approved === actual) return undefined;
  const old = partsOf(approved);
  const now = partsOf(actual);
  const different = PARTS.filter((part) => old.has(part) && old.get(part) !== now.get(part)).map((part) =>
    part === 'base' ? `${MEANINGS.base} (${old.get(part) || '0'} → ${now.get(part) ?? ''})` : MEANINGS[part],
  );
  // Equal short parts and another whole: the base has the same number but another content (a new release of that name).
  if (different.length === 0) return 'the release';
  return different.length === 1 ? different[0] : `${different.slice(0, -1).join(', ')} and ${different.at(-1) ?? ''}`;
}

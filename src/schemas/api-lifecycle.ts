/** What became of a kind of Kubernetes' own that a version does not have, or will not have for long. */
import { groupOf } from '../core/release-manifest.js';
import { closest } from '../core/suggest.js';
import { apiVersionOf, formatKind, nameOf } from './kind-names.js';
import type { ApiLifecycle, SchemaPack } from './packs.js';

type Lifecycles = Readonly<Record<string, ApiLifecycle>>;

const lifeOf = (kind: string, lifecycle: Lifecycles) => (Object.hasOwn(lifecycle, kind) ? lifecycle[kind] : undefined);
const groupOfKind = (kind: string) => groupOf(apiVersionOf(kind));

/** Alpha before beta before what stays. */
function stability(kind: string): number {
  return kind.includes('alpha') ? 0 : kind.includes('beta') ? 1 : 2;
}

const mostStableFirst = (a: string, b: string) => stability(b) - stability(a);

/** What to use in place of a kind: what its makers name, as far as that is served itself, else its most stable version. */
function replacementOf(kind: string, pack: SchemaPack, lifecycle: Lifecycles): string | undefined {
  const seen = new Set([kind]);
  let next = lifeOf(kind, lifecycle)?.replacement;
  while (next !== undefined && !Object.hasOwn(pack.kinds, next) && !seen.has(next)) {
    seen.add(next);
    next = lifeOf(next, lifecycle)?.replacement;
  }
  if (next !== undefined && Object.hasOwn(pack.kinds, next)) return next;
  const [best] = Object.keys(pack.kinds)
    .filter((known) => known !== kind && nameOf(known) === nameOf(kind) && groupOfKind(known) === groupOfKind(kind))
    .sort(mostStableFirst);
  return best !== undefined && stability(best) > stability(kind) ? best : undefined;
}

function insteadOf(kind: string, pack: SchemaPack, lifecycle: Lifecycles): string {
  const replacement = replacementOf(kind, pack, lifecycle);
  return replacement === undefined ? '' : `; use ${formatKind(replacement)}`;
}

/**
 * Why a kind is not there; nothing when its group is not Kubernetes' own.
 * @param newest the newest pack, if that is another.
 */
export function explainAbsence(
  kind: string,
  minor: number,
  pack: SchemaPack,
  lifecycle: Lifecycles,
  newest: SchemaPack | undefined,
): { readonly removed: boolean; readonly message: string } | undefined {
  const removed = lifeOf(kind, lifecycle)?.removed;
  if (removed !== undefined && removed <= minor) {
    const instead = insteadOf(kind, pack, lifecycle);
    return { removed: true, message: `${formatKind(kind)} is not served since Kubernetes 1.${removed}${instead}` };
  }
  if (newest !== undefined && Object.hasOwn(newest.kinds, kind)) {
    return { removed: false, message: `${formatKind(kind)} is not in Kubernetes 1.${minor} yet` };
  }
  const group = groupOfKind(kind);
  const known = Object.keys(pack.kinds);
  if (!known.some((other) => groupOfKind(other) === group)) return undefined;
  const inGroup = (other: string) => (groupOfKind(other) === group ? 1 : 0);
  const [best = closest(kind, known)] = known
    .filter((other) => nameOf(other) === nameOf(kind))
    .sort((a, b) => inGroup(b) - inGroup(a) || mostStableFirst(a, b));
  const hint = best === undefined ? '' : `, did you mean ${formatKind(best)}?`;
  return { removed: false, message: `Kubernetes 1.${minor} has no ${formatKind(kind)}${hint}` };
}

/** That a kind is going to go, when that has been announced by this minor. */
export function explainDeprecation(
  kind: string,
  minor: number,
  pack: SchemaPack,
  lifecycle: Lifecycles,
): string | undefined {
  const life = lifeOf(kind, lifecycle);
  if (life?.deprecated === undefined || life.deprecated > minor) return undefined;
  const until = life.removed === undefined ? '' : ` and not served from 1.${life.removed} on`;
  const instead = insteadOf(kind, pack, lifecycle);
  return `${formatKind(kind)} is deprecated since Kubernetes 1.${life.deprecated}${until}${instead}`;
}

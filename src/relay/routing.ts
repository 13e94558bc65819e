import type { Route } from './config/types.js';
import type { ImagePush } from './provider.js';

export interface Routed {
  /** Those that want the push. */
  readonly routes: readonly Route[];
  /** Why there are none; empty when there are some. */
  readonly refusal: '' | 'not-routed' | 'tag-refused';
}

/** The routes that a push takes: each repository and event once. */
export function routesOf({ image, tag }: ImagePush, source: string, routes: readonly Route[]): Routed {
  const ofImage = routes.filter((route) => route.sources.has(source) && route.matchesImage(image));
  const ofTag = ofImage.filter((route) => route.matchesTag(tag));
  if (ofTag.length === 0) return { routes: [], refusal: ofImage.length === 0 ? 'not-routed' : 'tag-refused' };
  return { routes: [...new Map(ofTag.map((route) => [targetOf(route), route])).values()], refusal: '' };
}

/** Who gets which event: `acme/charts image-pushed`. */
export function targetOf({ owner, repository, event }: Route): string {
  return `${owner}/${repository} ${event}`.toLowerCase();
}

import type { Provider } from './provider.js';

/** Every provider by its name in the relay's configuration. */
export const PROVIDERS: ReadonlyMap<string, Provider> = new Map();

/** @returns nothing when there is none of that name. */
export function findProvider(name: string): Provider | undefined {
  return PROVIDERS.get(name);
}

import { didYouMean } from '../core/suggest.js';
import { HelmCdError } from '../core/errors.js';
import type { Provider } from './provider.js';
import { acr } from './providers/acr.js';
import { alibaba } from './providers/alibaba.js';
import { distribution, gitlab } from './providers/distribution.js';
import { dockerhub } from './providers/dockerhub.js';
import { ecr } from './providers/ecr.js';
import { gar } from './providers/gar.js';
import { generic } from './providers/generic.js';
import { ghcr } from './providers/ghcr.js';
import { harbor } from './providers/harbor.js';
import { jfrog } from './providers/jfrog.js';
import { nexus } from './providers/nexus.js';
import { quay } from './providers/quay.js';

const ALL = [acr, alibaba, distribution, dockerhub, ecr, gar, generic, ghcr, gitlab, harbor, jfrog, nexus, quay];

/** Every provider by its name in the relay's configuration. */
export const PROVIDERS: ReadonlyMap<string, Provider> = new Map(ALL.map((provider) => [provider.name, provider]));

/** @returns nothing when there is none of that name. */
export function findProvider(name: string): Provider | undefined {
  return PROVIDERS.get(name);
}

/** @throws HelmCdError `config` that says which ones there are. */
export function providerNamed(name: string, place: string): Provider {
  const provider = findProvider(name);
  if (provider !== undefined) return provider;
  const names = [...PROVIDERS.keys()];
  throw new HelmCdError('config', `${place}: there is no provider "${name}"${didYouMean(name, names)}`, {
    hint: `There are ${names.join(', ')}.`,
  });
}

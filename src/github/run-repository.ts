import type { Services } from '../core/ports.js';
import type { Repository } from './repository.js';

/**
 * The repository of this run, for what is told GitHub of it: also a cancelled run says how it ended.
 * @returns nothing when GITHUB_REPOSITORY does not say which.
 */
export function runRepository(
  token: string,
  { clock, context, github }: Pick<Services, 'clock' | 'context' | 'github'>,
): Repository | undefined {
  const { repository, apiUrl, graphqlUrl } = context;
  const [owner = '', name = ''] = repository.split('/');
  if (name === '') return undefined;
  return { client: github({ token, apiUrl, graphqlUrl, ignoreCancel: true }), owner, name, clock };
}

/** Artifact deployment records of an organization: https://docs.github.com/en/rest/orgs/artifact-metadata */
import type { ArtifactRecord } from '../core/artifact-records.js';
import { createLimiter } from '../core/concurrency.js';
import type { Clock, GitHubClient } from '../core/ports.js';
import { githubFailure } from './github-failure.js';
import { patiently } from './patience.js';

const CONCURRENCY = 4;

/**
 * Writes records, each of which is updated in place where there is one: doing it twice changes nothing.
 * @returns how many were written, and why others were not, each reason once.
 * @throws HelmCdError `unreachable`, `cancelled`
 */
export async function writeArtifactRecords(
  github: GitHubClient,
  clock: Clock,
  organization: string,
  records: readonly ArtifactRecord[],
): Promise<{ readonly written: number; readonly problems: readonly string[] }> {
  const limit = createLimiter(CONCURRENCY);
  const problems = new Set<string>();
  let refused = false;
  let written = 0;
  await Promise.all(
    records.map((record) =>
      limit(async () => {
        // What the token may not do for one it may not do for any.
        if (refused) return;
        const answer = await patiently({ clock, repeatable: true }, () =>
          github.request('POST /orgs/{org}/artifacts/metadata/deployment-record', {
            org: organization,
            ...record,
            return_records: false,
          }),
        );
        const failure = githubFailure(answer, `the deployment record of ${record.deployment_name}`, clock.now());
        if (failure === undefined) written++;
        else problems.add(failure.message);
        if (answer.status === 401 || answer.status === 403) refused = true;
        // Without the path's own "not found" for one artifact, the organization is none.
        if (answer.status === 404 && written === 0) refused = true;
      }),
    ),
  );
  return { written, problems: [...problems] };
}

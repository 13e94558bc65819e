/** Tells GitHub what runs where, for organizations that use linked artifacts. */
import { artifactRecords } from '../../core/artifact-records.js';
import { HelmCdError } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import type { Report } from '../../core/report-model.js';
import { writeArtifactRecords } from '../../github/artifact-records.js';
import { plural } from '../../core/report-words.js';
import type { ReportInputs } from './inputs.js';

/**
 * @returns notes: what could not be recorded, and why.
 * @throws HelmCdError `input` when it is not known of which organization, `cancelled`.
 */
export async function recordDeployments(
  report: Report,
  inputs: ReportInputs,
  services: Services,
): Promise<readonly string[]> {
  const { repository, apiUrl, graphqlUrl } = services.context;
  const organization = inputs.organization || (repository.split('/')[0] ?? '');
  if (organization === '') {
    throw new HelmCdError('input', 'Input "record-deployments" needs "organization" outside GitHub Actions.');
  }
  const records = artifactRecords(report, organization);
  const without = report.releases.filter(({ environment }) => environment === '').length;
  const notes = without === 0 ? [] : [`GitHub was not told of ${plural(without, 'release')} in no environment.`];
  const github = services.github({ token: inputs.token, apiUrl, graphqlUrl });
  const { written, problems } = await writeArtifactRecords(github, services.clock, organization, records);
  services.log.info(`${written} of ${records.length} deployment records of ${organization} are up to date`);
  return [...notes, ...problems.map((problem) => `Deployment records: ${problem}`)];
}

/** What GitHub is told of what runs where: one record for each container of each workload that has an environment. */
import { sourceUrl } from './commit-range.js';
import { canonicalImageName, parseImageReference } from './image-reference.js';
import type { Report, ReleaseEntry } from './report-model.js';

/** As "Create an artifact deployment record" of the REST API has it. */
export interface ArtifactRecord {
  readonly name: string;
  readonly digest: string;
  readonly version?: string;
  readonly status: 'deployed';
  readonly logical_environment: string;
  readonly cluster: string;
  /** Which one it is within its environment and cluster: the same name is the same record. */
  readonly deployment_name: string;
  /** Of the organization, where the image says that it comes from there. */
  readonly github_repository?: string;
}

const LONGEST = { name: 256, version: 100, environment: 128, cluster: 128, deployment: 256 } as const;

/** The name of a repository of the organization; nothing for one of somebody else. */
function repositoryIn(organization: string, source: string): string | undefined {
  const [owner = '', name = ''] = new URL(sourceUrl(source) ?? 'https://none.invalid').pathname.slice(1).split('/');
  const isOurs = owner.toLowerCase() === organization.toLowerCase();
  return isOurs && /^[A-Za-z0-9._-]{1,100}$/.test(name) ? name : undefined;
}

function recordsOf(
  release: ReleaseEntry,
  organization: string,
  sources: ReadonlyMap<string, string>,
): ArtifactRecord[] {
  return release.workloads.flatMap(({ kind, namespace, name, containers }) =>
    kind === 'Job'
      ? []
      : containers.flatMap(({ name: container, image, running }): ArtifactRecord[] => {
          // Of several that run during a rollout it is the one that is to stay, once a pod has it.
          const [current] = [...running]
            .filter(({ digest }) => digest !== '')
            .sort((a, b) => Number(b.reference === image) - Number(a.reference === image) || b.pods - a.pods);
          if (current === undefined) return [];
          const canonical = canonicalImageName(current.name);
          const version = parseImageReference(current.reference)?.tag ?? '';
          const repository = repositoryIn(organization, sources.get(`${canonical}@${current.digest}`) ?? '');
          return [
            {
              name: canonical.slice(0, LONGEST.name),
              digest: current.digest,
              ...(version === '' ? {} : { version: version.slice(0, LONGEST.version) }),
              status: 'deployed',
              logical_environment: release.environment.slice(0, LONGEST.environment),
              cluster: release.cluster.slice(0, LONGEST.cluster),
              deployment_name: `${namespace}-${name}-${container}`.slice(0, LONGEST.deployment),
              ...(repository === undefined ? {} : { github_repository: repository }),
            },
          ];
        }),
  );
}

/** The records of a report. Releases without an environment have none: GitHub wants to know which one it is. */
export function artifactRecords({ releases, images }: Report, organization: string): readonly ArtifactRecord[] {
  const sources = new Map(images.map(({ name, digest, facts }) => [`${name}@${digest}`, facts?.source ?? '']));
  const records = releases
    .filter(({ environment }) => environment !== '')
    .flatMap((release) => recordsOf(release, organization, sources));
  const key = (record: ArtifactRecord) =>
    JSON.stringify([record.logical_environment, record.cluster, record.deployment_name]);
  return [...new Map(records.map((record) => [key(record), record])).values()];
}

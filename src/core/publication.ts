import { code, details, escapeMarkdown, table } from './markdown.js';

/** What publishing a chart would do or did. */
export interface PublishedChart {
  readonly name: string;
  readonly version: string;
  /** `sha256:…` of the archive. */
  readonly digest: string;
  /** Of the archive. */
  readonly url: string;
  /**
   * `published`: it is new there · `already-published`: the same version with the same digest was there. In a plan
   * also `conflict`: the version is taken by other bytes, see `reason`.
   */
  readonly state: 'published' | 'already-published' | 'conflict';
  /** Why it is a conflict. */
  readonly reason?: string;
}

/** A chart that was published, with all that the outputs, the summary and the result file say about it. */
export interface Publication extends PublishedChart {
  /** The chart repository. */
  readonly repository: string;
  /** The environment of helm-cd.yaml whose repository it is, or empty. */
  readonly environment: string;
  /** Absolute path of the archive on the runner. */
  readonly packageFile: string;
  /** Whether a provenance file was published with it. */
  readonly signed: boolean;
  readonly sizeBytes: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** What outputs tell of a chart, whether it was published or only compared. */
type Told = Pick<Publication, 'name' | 'version' | 'digest' | 'url' | 'packageFile' | 'repository' | 'environment'> & {
  readonly state: string;
};

/** The outputs that publish-chart and promote-chart share. */
export function publicationOutputs(publications: readonly Told[]): Readonly<Record<string, string>> {
  const [first] = publications;
  const charts = publications.map((publication) => ({
    name: publication.name,
    version: publication.version,
    digest: publication.digest,
    url: publication.url,
    package: publication.packageFile,
    result: publication.state,
    repository: publication.repository,
    environment: publication.environment,
  }));
  return {
    name: first?.name ?? '',
    version: first?.version ?? '',
    digest: first?.digest ?? '',
    url: first?.url ?? '',
    package: first?.packageFile ?? '',
    charts: JSON.stringify(charts),
  };
}

const STATE_TEXT: Readonly<Record<PublishedChart['state'], string>> = {
  published: '✅ new',
  'already-published': '☑️ already there, same bytes',
  conflict: '❌ conflict',
};

/** One row a chart, and why it is a conflict where it is one. */
export function publicationTable(publications: readonly Publication[]): string {
  const rows = publications.map((publication) => [
    `**${escapeMarkdown(publication.name)}** ${escapeMarkdown(publication.version)}`,
    `${STATE_TEXT[publication.state]}${publication.signed ? ', signed' : ''}`,
    code(publication.repository),
    code(publication.digest),
  ]);
  const conflicts = publications.flatMap(({ reason }) => (reason === undefined ? [] : [`- ${escapeMarkdown(reason)}`]));
  const parts = [table(['Chart', 'Result', 'Chart repository', 'Digest'], rows)];
  if (conflicts.length > 0) parts.push(conflicts.join('\n'));
  return parts.join('\n\n');
}

const LISTED_FILES = 200;

/** The content of each archive, folded. */
export function publicationFiles(publications: readonly Publication[]): string {
  return publications
    .map(({ name, version, files, sizeBytes }) => {
      const rows = files.slice(0, LISTED_FILES).map(({ path, size }) => [code(path), String(size)]);
      const more = files.length > LISTED_FILES ? `\n\n… and ${files.length - LISTED_FILES} more.` : '';
      const title = `${name}-${version}.tgz: ${files.length} files, ${sizeBytes} bytes`;
      return details(title, `${table(['File', 'Bytes'], rows)}${more}`);
    })
    .join('\n\n');
}

/** Which commits lie between two images, by the labels that image builders write (OCI image spec, annotations). */

export type ImageLabels = Readonly<Record<string, string>>;

const REVISION = 'org.opencontainers.image.revision';
const SOURCE = 'org.opencontainers.image.source';

export interface CommitRange {
  /** Of the image that runs now. */
  readonly from: string;
  /** Of the image that is to come. */
  readonly to: string;
  /** The page that compares the two; nothing when the source is no place on the web that has one. */
  readonly url: string | undefined;
}

/** `https://github.com/acme/api` of whatever form a source is written in. */
export function sourceUrl(source: string): string | undefined {
  const text = source.trim().replace(/^git\+/, '');
  const ssh = /^(?:ssh:\/\/)?git@([\w.-]+)[:/](.+)$/.exec(text);
  const url = ssh === null ? text : `https://${ssh[1] ?? ''}/${ssh[2] ?? ''}`;
  if (!URL.canParse(url)) return undefined;
  const { protocol, host, pathname, username, password } = new URL(url);
  if (!/^https?:$/.test(protocol) || username !== '' || password !== '') return undefined;
  // A source may go on with a branch or a folder: the first two parts are the repository.
  const parts = pathname
    .replace(/\.git$/, '')
    .split('/')
    .filter((part) => part !== '');
  return parts.length < 2 ? undefined : `https://${host}/${parts.slice(0, 2).join('/')}`;
}

const isCommit = (text: string | undefined): text is string => text !== undefined && /^[0-9a-f]{7,64}$/.test(text);

/**
 * @param from labels of the image that runs now, `to` of the one to come.
 * @returns nothing when they do not tell both commits, or tell the same.
 */
export function commitRange(from: ImageLabels, to: ImageLabels): CommitRange | undefined {
  const [old, next] = [from[REVISION], to[REVISION]];
  if (!isCommit(old) || !isCommit(next) || old === next) return undefined;
  const [before, after] = [sourceUrl(from[SOURCE] ?? ''), sourceUrl(to[SOURCE] ?? '')];
  const source = before === after || before === undefined ? after : undefined;
  if (source === undefined) return { from: old, to: next, url: undefined };
  const compare = /^https:\/\/gitlab\./.test(source) ? '-/compare' : 'compare';
  return { from: old, to: next, url: `${source}/${compare}/${old}...${next}` };
}

/** `ghcr.io/acme/api 1.0.0 → 1.1.0: https://github.com/acme/api/compare/…`, or the two commits where there is no page. */
export function describeRange(image: string, { from, to, url }: CommitRange): string {
  return `${image}: ${url ?? `commits ${from.slice(0, 12)}…${to.slice(0, 12)}`}`;
}

import type { ChartChanges } from '../../charts/chart-changes.js';
import { code, details, escapeMarkdown, table } from '../../core/markdown.js';
import { publicationFiles } from '../../core/publication.js';
import type { ChainLink } from './chain.js';
import type { End } from './ends.js';
import type { Promotion } from './promotion.js';

const SHORT_DIGEST = 'sha256:'.length + 12;
/** So many versions are named, and so many rows shown. */
const NAMED = 10;
const ROWS = 50;

function nameOf(end: End): string {
  return escapeMarkdown(end.environment || end.repository);
}

function headline(result: string, { publication, from, to }: Promotion): string {
  const what = escapeMarkdown(`${publication.name} ${publication.version}`);
  const way = `from ${nameOf(from)} to ${nameOf(to)}`;
  if (result === 'promoted') return `### ✅ Promoted ${what} ${way}`;
  if (result === 'already-published') return `### ☑️ ${what} was promoted ${way} before`;
  return publication.state === 'conflict'
    ? `### ❌ Plan: ${what} cannot be promoted ${way}`
    : `### 📋 Plan: promote ${what} ${way}`;
}

function shortDigest(digest: string): string {
  return digest.length > SHORT_DIGEST ? code(`${digest.slice(0, SHORT_DIGEST)}…`) : code(digest);
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function holding(link: ChainLink, result: string, { publication }: Promotion): string {
  const { version, digest } = publication;
  if (link.problem !== undefined) return `❓ not readable: ${escapeMarkdown(link.problem)}`;
  const isTo = link.role === 'to';
  if (!link.holds && isTo && result === 'planned') {
    return publication.state === 'conflict' ? '❌ refused' : `📋 gets ${escapeMarkdown(version)}`;
  }
  if (!link.holds && link.standing === 'empty') return '▫️ nothing yet';
  const newer = link.newer === 0 ? '' : ` (${plural(link.newer, 'version')} ahead)`;
  if (!link.holds) return link.standing === 'behind' ? '⬇️ behind' : `▫️ does not have it${newer}`;
  if (link.digest !== '' && link.digest !== digest) return `❌ other bytes: ${shortDigest(link.digest)}`;
  return `✅ same bytes${newer}`;
}

/** What every environment has. */
function chainTable(result: string, promotion: Promotion): string {
  const marks = { from: ' (from)', to: ' (to)', '': '' };
  const rows = promotion.chain.map((link) => [
    `**${escapeMarkdown(link.environment || '–')}**${marks[link.role]}`,
    code(link.repository),
    link.problem === undefined ? escapeMarkdown(link.newest || '–') : '–',
    shortDigest(link.newestDigest) || '–',
    holding(link, result, promotion),
  ]);
  const { name, version } = promotion.publication;
  return table(
    ['Environment', 'Chart repository', 'Newest there', 'Digest', escapeMarkdown(`${name} ${version}`)],
    rows,
  );
}

function named(versions: readonly string[]): string {
  const shown = versions.slice(0, NAMED).map(code).join(', ');
  return versions.length > NAMED ? `${shown} and ${versions.length - NAMED} more` : shown;
}

function cut(rows: readonly (readonly string[])[], header: readonly string[]): string {
  const more = rows.length > ROWS ? `\n\n… and ${rows.length - ROWS} more.` : '';
  return `${table(header, rows.slice(0, ROWS))}${more}`;
}

function value(text: string): string {
  return text === '' ? '–' : code(text.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1…'));
}

function imagesPart({ images, sameImages }: ChartChanges, isFirst: boolean): readonly string[] {
  if (images.length === 0) return sameImages === 0 ? [] : [`Images: no change (${plural(sameImages, 'image')}).`];
  const rows = images.map(({ name, place, before, after }) =>
    isFirst ? [code(name), value(after), code(place)] : [code(name), value(before), value(after), code(place)],
  );
  const header = isFirst ? ['Image', 'Version', 'Values'] : ['Image', 'Before', 'Now', 'Values'];
  const same = sameImages === 0 ? '' : `\n\n${plural(sameImages, 'other image')} without a change.`;
  return [`${cut(rows, header)}${same}`];
}

function changesPart({ changes, before, publication, to, notes }: Promotion): readonly string[] {
  if (changes === undefined) return notes.map(escapeMarkdown);
  const isFirst = before === undefined;
  const title = isFirst
    ? `#### What ${nameOf(to)} gets: its first version`
    : `#### What changes in ${nameOf(to)}: ${escapeMarkdown(before.version)} → ${escapeMarkdown(publication.version)}`;
  const parts = [title, ...imagesPart(changes, isFirst)];
  const others = [
    ...changes.dependencies.map((change) => ['dependency', change] as const),
    ...changes.fields.map((change) => ['Chart.yaml', change] as const),
  ];
  if (others.length > 0) {
    const rows = others.map(([what, { name, before: old, after }]) =>
      isFirst ? [what, code(name), value(after)] : [what, code(name), value(old), value(after)],
    );
    parts.push(cut(rows, isFirst ? ['', 'Name', 'Value'] : ['', 'Name', 'Before', 'Now']));
  }
  const { changed, added, removed } = changes.files;
  const files = [
    ...changed.map((file) => `- changed ${code(file)}`),
    ...added.map((file) => `- added ${code(file)}`),
    ...removed.map((file) => `- removed ${code(file)}`),
  ];
  if (files.length > 0) {
    const more = files.length > ROWS ? [`- … and ${files.length - ROWS} more`] : [];
    parts.push(details(`${plural(files.length, 'file')} changed`, [...files.slice(0, ROWS), ...more].join('\n')));
  }
  return [...parts, ...[...changes.notes, ...notes].map(escapeMarkdown)];
}

function versionsPart({ skipped, newer, from }: Promotion): readonly string[] {
  const lines = [
    ...(skipped.length === 0 ? [] : [`- Skipped over: ${named(skipped)}.`]),
    ...(newer.length === 0 ? [] : [`- Newer in ${nameOf(from)}, not promoted: ${named(newer)}.`]),
  ];
  return lines.length === 0 ? [] : [lines.join('\n')];
}

function copyPart({ copy }: Promotion): readonly string[] {
  if (copy === undefined) return [];
  const { manifest, blobs, referrers } = copy;
  const how = [
    [blobs.mounted.length, 'taken over within the registry'],
    [blobs.uploaded.length, 'sent'],
    [blobs.there.length, 'there before'],
  ]
    .filter(([count]) => count !== 0)
    .map(([count, text]) => `${count} ${text}`);
  return [
    [
      `- Manifest: ${code(manifest)}.`,
      ...(how.length === 0 ? [] : [`- Blobs: ${how.join(', ')}.`]),
      ...(referrers.length === 0
        ? []
        : [`- ${plural(referrers.length, 'signature or other referrer')}: ${referrers.map(shortDigest).join(', ')}.`]),
    ].join('\n'),
  ];
}

/** The job summary of promote-chart. */
export function summarize(result: string, promotion: Promotion): string {
  const { publication, warnings } = promotion;
  const equal = result === 'planned' ? '' : ', the same at both ends';
  const signed = publication.signed ? ' Signed: its provenance file goes along.' : '';
  return [
    headline(result, promotion),
    ...warnings.map((warning) => `> ⚠️ ${escapeMarkdown(warning)}`),
    `Digest of the archive${equal}: ${code(publication.digest)}.${signed}`,
    chainTable(result, promotion),
    ...copyPart(promotion),
    ...changesPart(promotion),
    ...versionsPart(promotion),
    publicationFiles([publication]),
  ].join('\n\n');
}

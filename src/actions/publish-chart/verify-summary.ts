import type { FileDifference } from '../../charts/compare-archives.js';
import { code, details, escapeMarkdown, table } from '../../core/markdown.js';
import type { Verification } from './verification.js';

const LISTED_FILES = 200;
const NAMED = 3;

const plural = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

/** In one sentence, for the log and for people who look at one line only. */
export function verdictOf(verification: Verification): string {
  const { name, version, repository, state, digest, publishedDigest, comparison, known } = verification;
  const chart = `${name} ${version}`;
  if (state === 'verified') return `${chart} in ${repository} is what this commit gives: ${digest}.`;
  if (state === 'not-found') {
    const newest =
      known === undefined || known.length === 0 ? 'no version of it is' : `newest there: ${known.join(', ')}`;
    return `${chart} is not in ${repository}; ${newest}.`;
  }
  const digests = `published is ${publishedDigest}, this commit gives ${digest}`;
  const files = comparison?.files ?? [];
  if (files.length > 0) {
    const names = files.slice(0, NAMED).map(({ path }) => path);
    const more = files.length > NAMED ? ', …' : '';
    return `${chart} in ${repository} is not what this commit gives: ${plural(files.length, 'file')} differ${files.length === 1 ? 's' : ''} (${names.join(', ')}${more}); ${digests}.`;
  }
  const by = comparison?.packedByHelm === true ? 'was packed by helm package, not by helm-cd' : 'was packed otherwise';
  return `${chart} in ${repository} holds what this commit gives, but ${by}, so that its bytes are others: ${digests}.`;
}

/** Why the step fails, if it does. */
export function failureOf(verifications: readonly Verification[]): string | undefined {
  const wrong = verifications.filter(({ state }) => state !== 'verified');
  const [first] = wrong;
  if (first === undefined) return undefined;
  return wrong.length === 1
    ? verdictOf(first)
    : `${wrong.length} of ${verifications.length} charts are not published as this commit gives them. ${verdictOf(first)}`;
}

function headline(verifications: readonly Verification[]): string {
  const wrong = verifications.filter(({ state }) => state !== 'verified');
  const names = (wrong.length === 0 ? verifications : wrong).map(({ name, version }) => `${name} ${version}`);
  const what = escapeMarkdown(names.length <= NAMED ? names.join(', ') : `${names.length} charts`);
  if (wrong.length === 0) return `### ✅ Published as this commit gives it: ${what}`;
  return wrong.some(({ state }) => state === 'different')
    ? `### ❌ Not what this commit gives: ${what}`
    : `### ❌ Not published: ${what}`;
}

const STATE_TEXT: Readonly<Record<Verification['state'], string>> = {
  verified: '✅ same bytes',
  different: '❌ different',
  'not-found': '❌ not published',
};

function digestCell(digest: string): string {
  return digest === '' ? '' : code(digest);
}

const CHANGE_TEXT: Readonly<Record<FileDifference['state'], string>> = {
  changed: 'changed',
  added: 'only in this commit',
  removed: 'only in what is published',
};

/** What differs of one chart. */
function differences({ name, version, comparison }: Verification): string {
  if (comparison === undefined) return '';
  const { files, rewritten, archive, packedByHelm } = comparison;
  if (files.length > 0) {
    const rows = files
      .slice(0, LISTED_FILES)
      .map((file) => [
        code(file.path),
        CHANGE_TEXT[file.state],
        file.publishedSize === undefined ? '' : String(file.publishedSize),
        file.rebuiltSize === undefined ? '' : String(file.rebuiltSize),
      ]);
    const more = files.length > LISTED_FILES ? `\n\n… and ${files.length - LISTED_FILES} more.` : '';
    const title = `${name} ${version}: ${plural(files.length, 'file')}`;
    return details(title, `${table(['File', '', 'Published, bytes', 'This commit, bytes'], rows)}${more}`);
  }
  const reasons = [
    ...(packedByHelm ? ['It was packed by `helm package`, whose archives differ from run to run.'] : []),
    ...(rewritten.length > 0 ? [`The same in other words: ${rewritten.map(code).join(', ')}.`] : []),
    ...(archive.length > 0 ? [`What differs: ${escapeMarkdown(archive.join(', '))}.`] : []),
  ];
  return `**${escapeMarkdown(name)}** ${escapeMarkdown(version)}: every file says the same, the archive’s bytes are others. ${reasons.join(' ')}`;
}

/** The job summary of mode `verify`. */
export function summarizeVerification(verifications: readonly Verification[]): string {
  const rows = verifications.map((one) => [
    `**${escapeMarkdown(one.name)}** ${escapeMarkdown(one.version)}`,
    `${STATE_TEXT[one.state]}${one.signed ? ', signed' : ''}`,
    code(one.repository),
    digestCell(one.publishedDigest),
    digestCell(one.digest),
  ]);
  const parts = [
    headline(verifications),
    table(['Chart', 'Result', 'Chart repository', 'Published', 'This commit'], rows),
    ...verifications.map(differences).filter((text) => text !== ''),
  ];
  return parts.join('\n\n');
}

/** Findings in SARIF 2.1.0 (OASIS), as code-scanning services read them. */
import { createHash } from 'node:crypto';
import { countLevel, formatCells, type Cell, type MergedFinding } from './findings.js';
import { ruleText } from './validation-rules.js';

/** GitHub refuses a file with more results in a run. */
export const SARIF_MAX_RESULTS = 25_000;
/** Longer texts are cut: what a service shows is one or two lines. */
const MAX_TEXT = 1000;

const HOME = 'https://github.com/helm-cd/helm-cd';

/** What was validated, for whoever reads the file elsewhere. */
export interface SarifRevision {
  /** Address of the repository. */
  readonly repository: string;
  readonly commit: string;
  /** Branch or tag; may be empty. */
  readonly branch: string;
}

export interface SarifOptions {
  /** Version of helm-cd. */
  readonly version: string;
  /** Folder of the findings' files relative to the repository's root; empty for the root itself. */
  readonly root: string;
  /** The cells of each chart, by the chart's folder. */
  readonly cells: ReadonlyMap<string, readonly Cell[]>;
  readonly revision?: SarifRevision;
}

/** A relative URI (RFC 3986): each part percent-encoded, half surrogate pairs replaced, and no scheme before a `:`. */
function uri(file: string): string {
  const encode = (part: string) =>
    encodeURIComponent(part.replace(/\p{Surrogate}/gu, '\ufffd')).replace(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  return file.split('/').map(encode).join('/');
}

/** `A field that …` as `FieldThat…`: a rule's name must not be its id once more. */
function pascal(title: string): string {
  return title
    .replace(/^An? /, '')
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join('');
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/**
 * Equal for the same finding in the next run, wherever its line has moved to. Under a key of our own: services compute what they
 * call `primaryLocationLineHash` themselves, and warn of one that differs.
 */
function fingerprinter(): (finding: MergedFinding) => string {
  const seen = new Map<string, number>();
  return (finding) => {
    const message = finding.message.replace(/\blines? \d+|\b\d+ lines?\b/g, 'line');
    const text = JSON.stringify([finding.rule, finding.place.file, finding.resource ?? '', message]);
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
    const count = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, count);
    return `${hash}:${count}`;
  };
}

function describeRule(id: string): Readonly<Record<string, unknown>> {
  const { title, help, level } = ruleText(id);
  return {
    id,
    name: pascal(title),
    shortDescription: { text: `${title}.` },
    fullDescription: { text: `${title}. ${help}` },
    help: { text: help },
    helpUri: `${HOME}/blob/main/docs/validation.md#rules`,
    defaultConfiguration: { level },
    properties: { tags: ['helm', 'kubernetes'], 'problem.severity': level },
  };
}

function messageOf(finding: MergedFinding, all: readonly Cell[]): string {
  const where = formatCells(finding.cells, all);
  return [
    `${finding.resource === undefined ? '' : `${finding.resource}: `}${finding.message}${/[.!?…]$/.test(finding.message) ? '' : '.'}`,
    ...(where === '' || where === 'everywhere' ? [] : [`In ${where}.`]),
    ...(finding.hint === undefined ? [] : [finding.hint]),
  ].join(' ');
}

/** Those that fit in a file, errors before warnings. */
function chosen(findings: readonly MergedFinding[]): readonly MergedFinding[] {
  if (findings.length <= SARIF_MAX_RESULTS) return findings;
  const byLevel = (level: MergedFinding['level']) => findings.filter((finding) => finding.level === level);
  return [...byLevel('error'), ...byLevel('warning')].slice(0, SARIF_MAX_RESULTS);
}

/** That the run ended well, and what of its findings is not in the file. */
function invocation(all: readonly MergedFinding[], shown: readonly MergedFinding[]): Readonly<Record<string, unknown>> {
  if (shown.length === all.length) return { executionSuccessful: true };
  const left = `${countLevel(all, 'error') - countLevel(shown, 'error')} errors and ${countLevel(all, 'warning') - countLevel(shown, 'warning')} warnings`;
  return {
    executionSuccessful: true,
    toolExecutionNotifications: [
      {
        level: 'warning',
        message: {
          text: `Only the first ${shown.length} of ${all.length} findings are in this file, for code scanning takes no more; ${left} are left out. The result file has all.`,
        },
      },
    ],
  };
}

function provenance({ repository, commit, branch }: SarifRevision): Readonly<Record<string, unknown>> {
  return {
    versionControlProvenance: [
      {
        repositoryUri: repository,
        revisionId: commit,
        ...(branch === '' ? {} : { branch }),
        mappedTo: { uriBaseId: '%SRCROOT%' },
      },
    ],
  };
}

/** The SARIF document, as a value for JSON. A finding without a line is about its whole file and has no region. */
export function toSarif(findings: readonly MergedFinding[], options: SarifOptions): Readonly<Record<string, unknown>> {
  const shown = chosen(findings);
  const ids = [...new Set(shown.map((finding) => finding.rule))].sort();
  const indices = new Map(ids.map((id, index) => [id, index]));
  const prefix = options.root === '' ? '' : `${options.root}/`;
  const fingerprint = fingerprinter();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'helm-cd',
            fullName: 'helm-cd validate-chart',
            semanticVersion: options.version,
            informationUri: HOME,
            rules: ids.map(describeRule),
          },
        },
        invocations: [invocation(findings, shown)],
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { '%SRCROOT%': { description: { text: "The repository's root." } } },
        ...(options.revision === undefined ? {} : provenance(options.revision)),
        results: shown.map((finding) => {
          const { line, column } = finding.place;
          return {
            ruleId: finding.rule,
            ruleIndex: indices.get(finding.rule),
            level: finding.level,
            message: { text: cut(messageOf(finding, options.cells.get(finding.chart) ?? [])) },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: uri(`${prefix}${finding.place.file}`), uriBaseId: '%SRCROOT%' },
                  ...(line === undefined
                    ? {}
                    : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } }),
                },
              },
            ],
            partialFingerprints: { 'helmCd/v1': fingerprint(finding) },
          };
        }),
      },
    ],
  };
}

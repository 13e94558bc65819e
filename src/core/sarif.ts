/** Findings in SARIF 2.1.0 (OASIS), as code-scanning services read them. */
import { formatCells, type MergedFinding } from './findings.js';

export interface SarifOptions {
  /** Version of helm-cd. */
  readonly version: string;
  /** Folder of the findings' files relative to the repository's root; empty for the root itself. */
  readonly root: string;
  /** How many cells each chart has, by the chart's folder. */
  readonly cells: ReadonlyMap<string, number>;
}

/** What each rule is about; a rule that is not here is described by its name. */
const RULES: Readonly<Record<string, string>> = {
  'unknown-field': 'A field that the schema does not have',
  'wrong-type': 'A value of another type than the schema demands',
  'missing-field': 'A field that must be there is not',
  'not-allowed-value': 'A value that is none of those allowed',
  'wrong-format': 'A value that cannot be parsed',
  'duplicate-entry': 'Two entries of a list that must differ are the same',
  'duplicate-key': 'A key that is there twice',
  'broken-rule': 'A rule of the schema does not hold',
  'removed-api': 'An API version that is no longer served',
  'deprecated-api': 'An API version that is going to be removed',
  'unknown-kind': 'A kind that Kubernetes does not have',
  'missing-schema': 'An object that nothing is known of',
  'invalid-yaml': 'A template that renders invalid YAML',
  'template-error': 'A template that stops with an error',
  'template-syntax': 'A template that does not parse',
  'values-schema': 'Values that values.schema.json does not allow',
  'values-file': 'A values file that cannot be used',
  'kube-version': 'A Kubernetes version that Chart.yaml does not allow',
  'empty-render': 'A chart that renders nothing',
  'version-increment': 'A changed chart that has no new version',
  parity: 'A value that only some environments set',
  lint: 'A message of helm lint',
};

const uri = (file: string) => file.split('/').map(encodeURIComponent).join('/');

/** Equal for the same finding in the next run, wherever its line has moved to. */
function fingerprint(finding: MergedFinding): string {
  return [finding.rule, finding.place.file, finding.resource ?? '', finding.message].join('|');
}

/** The SARIF document, as a value for JSON. */
export function toSarif(findings: readonly MergedFinding[], options: SarifOptions): Readonly<Record<string, unknown>> {
  const ids = [...new Set(findings.map((finding) => finding.rule))].sort();
  const prefix = options.root === '' ? '' : `${options.root}/`;
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'helm-cd',
            semanticVersion: options.version,
            informationUri: 'https://github.com/helm-cd/helm-cd',
            rules: ids.map((id) => ({ id, shortDescription: { text: `${RULES[id] ?? id}.` } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { SRCROOT: { description: { text: "The repository's root." } } },
        results: findings.map((finding) => {
          const where = formatCells(finding.cells, options.cells.get(finding.chart) ?? 0);
          const { line, column } = finding.place;
          const text = [
            `${finding.resource === undefined ? '' : `${finding.resource}: `}${finding.message}${finding.message.endsWith('?') ? '' : '.'}`,
            ...(where === '' || where === 'everywhere' ? [] : [`In ${where}.`]),
            ...(finding.hint === undefined ? [] : [finding.hint]),
          ];
          return {
            ruleId: finding.rule,
            ruleIndex: ids.indexOf(finding.rule),
            level: finding.level,
            message: { text: text.join(' ') },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: uri(`${prefix}${finding.place.file}`), uriBaseId: 'SRCROOT' },
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

/** The values of a chart that no report may show: those under keys that look secret, of secrets files, and of rendered Secrets. */
import { readFile } from 'node:fs/promises';
import { textOf } from '../charts/chart-files.js';
import type { MergedFinding } from '../core/findings.js';
import type { HiddenTexts } from '../core/hidden-texts.js';
import { withoutControls } from '../core/plain-text.js';
import { record } from '../core/release-manifest.js';
import type { RenderedDocument } from '../core/rendered-documents.js';
import { leafTexts, secretTextsOf, secretTextsOfSchema } from '../core/secret-keys.js';
import { leavesOf } from '../core/secret-values.js';
import { KubernetesYamlError, parseKubernetesYaml } from '../schemas/kubernetes-yaml.js';
import type { ChartContents } from './chart-contents.js';
import type { NotValidated } from './check-documents.js';
import type { EnvironmentPlan } from './plan.js';

/** What stands behind `key: ` on each line of a text that is no YAML. */
function lineTexts(text: string, secretKeysOnly: boolean): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [, key = '', value = ''] = /^[\s-]*["']?([\w.-]+)["']?\s*:\s+(.*?)\s*$/.exec(line) ?? [];
    if (value === '' || (secretKeysOnly && secretTextsOf({ [key]: 'xxxx' }).length === 0)) return [];
    return [value, ...value.split(/[\s:,[\]{}"']+/)].filter((part) => part.length >= 6);
  });
}

function parsed(text: string): unknown {
  try {
    return parseKubernetesYaml(text);
  } catch (error) {
    if (error instanceof KubernetesYamlError) return undefined;
    throw error;
  }
}

function valuesTexts(text: string): readonly string[] {
  const tree = parsed(text);
  return tree === undefined ? lineTexts(text, true) : secretTextsOf(tree);
}

/** All of a file that is named under `secrets`, but SOPS' own block. */
function secretsFileTexts(text: string): readonly string[] {
  const tree = parsed(text);
  if (tree === undefined) return lineTexts(text, false);
  if (typeof tree !== 'object' || tree === null) return leafTexts(leavesOf(tree));
  return leafTexts(leavesOf(Object.fromEntries(Object.entries(record(tree)).filter(([key]) => key !== 'sops'))));
}

/** A lone text in place of values may well be a secret that was put there by mistake. */
function scalarTexts(text: string): readonly string[] {
  const tree = parsed(text);
  return typeof tree === 'string' ? [tree] : [];
}

/** Adds the secret values of a chart's files and of those it is rendered with. */
export async function hideChartValues(
  hidden: HiddenTexts,
  contents: ChartContents,
  environments: readonly EnvironmentPlan[],
): Promise<void> {
  for (const file of contents.files) {
    if (/(?:^|\/)values\.ya?ml$/.test(file.path))
      hidden.add([...valuesTexts(textOf(file)), ...scalarTexts(textOf(file))]);
    if (/(?:^|\/)values\.schema\.json$/.test(file.path)) hidden.add(secretTextsOfSchema(parsed(textOf(file))));
  }
  const read = async (file: string) => readFile(file, 'utf8').catch(() => '');
  const files = new Map<string, boolean>();
  for (const { values, secrets } of environments) {
    for (const file of values) files.set(file.absolute, false);
    for (const file of secrets) files.set(file.absolute, true);
  }
  for (const [file, secret] of files) {
    const text = await read(file);
    hidden.add(secret ? secretsFileTexts(text) : [...valuesTexts(text), ...scalarTexts(text)]);
  }
}

const NO_CONTENT = new Set(['apiVersion', 'kind', 'metadata', 'type', 'immutable']);

/** Adds what the Secrets of a render hold, and whatever of a document that cannot be read looks like it. */
export function hideRenderedSecrets(hidden: HiddenTexts, documents: readonly RenderedDocument[]): void {
  for (const { text } of documents) {
    if (!/\bkind["']?\s*:\s*["']?Secret\b/.test(text)) continue;
    const tree = parsed(text);
    if (tree === undefined) {
      hidden.add(lineTexts(text, false));
      continue;
    }
    const items = record(tree)['items'];
    for (const object of [tree, ...(Array.isArray(items) ? (items as unknown[]) : [])]) {
      if (record(object)['kind'] !== 'Secret') continue;
      const content = Object.entries(record(object)).filter(([key]) => !NO_CONTENT.has(key));
      const texts = leafTexts(leavesOf(Object.fromEntries(content)));
      hidden.add([...texts, ...texts.map((value) => Buffer.from(value, 'base64').toString())]);
    }
  }
}

/** Rules whose messages are helm's, or a parser's. All others name fields and types, and hold no values but names. */
const QUOTING = new Set([
  ...['template-error', 'template-syntax', 'values-schema', 'values-file', 'invalid-yaml', 'kube-version'],
  ...['helm', 'lint', 'chart'],
]);

/** What a chart's report shows of the chart. */
interface Shown {
  readonly findings: readonly MergedFinding[];
  readonly cells: readonly { readonly notValidated: readonly NotValidated[] }[];
  readonly rulesSkipped: readonly string[];
}

/** Longer messages are texts of a template's own, such as a `fail` with all values. */
const LONGEST_MESSAGE = 1000;

/** In one line, without what a terminal would obey, and not too long. */
function shortened(message: string): string {
  const text = withoutControls(message);
  if (text.length <= LONGEST_MESSAGE) return text;
  return `${text.slice(0, LONGEST_MESSAGE).replace(/[\ud800-\udbff]$/, '')} …`;
}

/** A report whose texts hold none of the values. */
export function withoutHidden<Report extends Shown>(report: Report, hidden: HiddenTexts): Report {
  const name = (text: string) => shortened(hidden.hide(text, false));
  const finding = (found: MergedFinding): MergedFinding => {
    const { message, hint, resource, rule } = found;
    return {
      ...found,
      message: shortened(hidden.hide(message, QUOTING.has(rule))),
      ...(hint === undefined ? {} : { hint: name(hint) }),
      ...(resource === undefined ? {} : { resource: name(resource) }),
    };
  };
  return {
    ...report,
    findings: report.findings.map(finding),
    cells: report.cells.map((cell) => ({
      ...cell,
      notValidated: cell.notValidated.map(({ kind, resource, reason }) => ({
        kind: name(kind),
        resource: name(resource),
        reason,
      })),
    })),
    rulesSkipped: report.rulesSkipped.map(name),
  };
}

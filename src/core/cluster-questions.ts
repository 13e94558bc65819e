/** What templates ask about the cluster that they are rendered for, as far as their text tells. */
import { parseConstraint, type VersionConstraint } from './version-constraint.js';

/** Whether a cluster serves an API, or has a version. */
export type ClusterQuestion = { readonly serves: string } | { readonly version: VersionConstraint };

/** The cluster that a chart is rendered for. */
export interface Cluster {
  /** `1.36.0`. */
  readonly version: string;
  /** What it serves: `apps/v1`, `apps/v1/Deployment`. */
  readonly apiVersions: ReadonlySet<string>;
}

const TEXT = String.raw`(?:"([^"\\]*)"|${'`([^`]*)`'})`;
const VERSION = String.raw`\.Capabilities\.KubeVersion\.(?:Version|GitVersion)\b`;
const SERVES = new RegExp(String.raw`\.Capabilities\.APIVersions\.Has\s+${TEXT}`, 'g');
const COMPARES = [
  new RegExp(String.raw`\bsemverCompare\s+${TEXT}\s+\(?\s*[$\w.]*${VERSION}`, 'g'),
  new RegExp(String.raw`${VERSION}\s*\)?\s*\|\s*semverCompare\s+${TEXT}`, 'g'),
];
/** The same for every cluster. */
const ALWAYS = /\.Capabilities\.(?:HelmVersion|KubeVersion\.Major)\b/g;

/**
 * The questions in a template, or in a text that may be read as one.
 * @returns nothing when the text may learn more of the cluster than by such questions.
 */
export function questionsIn(text: string): readonly ClusterQuestion[] | undefined {
  if (!text.includes('Capabilities')) return [];
  const questions: (ClusterQuestion | undefined)[] = [];
  let rest = text.replace(ALWAYS, '');
  rest = rest.replace(SERVES, (_, quoted?: string, raw?: string) => {
    questions.push({ serves: quoted ?? raw ?? '' });
    return '';
  });
  for (const compare of COMPARES) {
    rest = rest.replace(compare, (_, quoted?: string, raw?: string) => {
      const version = parseConstraint(quoted ?? raw ?? '');
      questions.push(version && { version });
      return '';
    });
  }
  if (rest.includes('Capabilities')) return undefined;
  const known = questions.filter((question) => question !== undefined);
  return known.length === questions.length ? known : undefined;
}

/** The question that `kubeVersion` in a Chart.yaml asks; as `questionsIn`. */
export function questionsOfChart(text: string): readonly ClusterQuestion[] | undefined {
  const lines = [...text.matchAll(/^[ \t]*["']?kubeVersion["']?[ \t]*:(.*)$/gm)];
  const questions = lines.map(([, value = '']) => {
    const quoted = /^\s*(?:"([^"\\]*)"|'([^']*)')\s*(?:#.*)?$/.exec(value);
    const version = parseConstraint(quoted?.[1] ?? quoted?.[2] ?? '');
    return quoted === null || version === undefined ? undefined : { version };
  });
  const known = questions.filter((question) => question !== undefined);
  return known.length === questions.length ? known : undefined;
}

/** The answers of a cluster: where they are the same text, no question told two clusters apart. */
export function answersOf(questions: readonly ClusterQuestion[], cluster: Cluster): string {
  return questions
    .map((question) =>
      'serves' in question ? cluster.apiVersions.has(question.serves) : question.version.accepts(cluster.version),
    )
    .join();
}

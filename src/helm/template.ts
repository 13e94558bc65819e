import type { Helm } from './helm.js';
import { parseHelmError, type HelmProblem } from './problems.js';
import { parseHelmWarnings } from './warnings.js';

export interface RenderOptions {
  readonly release: string;
  readonly namespace: string;
  /** The chart's folder, absolute. */
  readonly chart: string;
  /** Values files in order, absolute. */
  readonly values: readonly string[];
  /** `1.36.0`. */
  readonly kubeVersion: string;
  /** For `.Capabilities.APIVersions`, in addition to what helm was built with. */
  readonly apiVersions: readonly string[];
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RenderResult {
  /**
   * All documents, each after `---` and `# Source: …`, CRDs and hooks included. When a template renders invalid YAML
   * these are the templates' texts as they are, unsorted. Empty when nothing could be rendered.
   */
  readonly output: string;
  /** None when helm is content. */
  readonly problems: readonly HelmProblem[];
  /** What helm left out, and went on. */
  readonly warnings?: readonly HelmProblem[];
}

/** The arguments of a render. */
export function renderArguments(options: RenderOptions): readonly string[] {
  return [
    'template',
    options.release,
    options.chart,
    '--namespace',
    options.namespace,
    '--kube-version',
    options.kubeVersion,
    '--include-crds',
    ...options.apiVersions.flatMap((version) => ['--api-versions', version]),
    ...options.values.flatMap((file) => ['--values', file]),
  ];
}

/**
 * `helm template`: a real render, in which `required` and `fail` fail. It reaches for no cluster.
 * @throws HelmCdError `timeout` and `refused` when the render takes too long or is too large.
 */
export async function renderChart(helm: Helm, options: RenderOptions): Promise<RenderResult> {
  const processOptions = {
    accept: 'any' as const,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    ...(options.env === undefined ? {} : { env: options.env }),
  };
  const args = renderArguments(options);
  const result = await helm.run(args, processOptions);
  if (result.code === 0) {
    return { output: result.stdout, problems: [], warnings: parseHelmWarnings(result.stderr) };
  }
  const problems = parseHelmError(result.stderr.slice(Math.max(0, result.stderr.search(/^Error: /m))));
  if (!problems.some((problem) => problem.rule === 'invalid-yaml')) return { output: '', problems };
  // Helm stops at the first document it cannot read. With --debug it prints them all, so that all can be said at once.
  const debug = await helm.run([...args, '--debug'], processOptions);
  return { output: debug.stdout, problems };
}

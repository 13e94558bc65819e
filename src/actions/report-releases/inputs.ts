import type { InputReader } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import { readKubeconfigInput } from '../../kubernetes/cluster-inputs.js';
import type { KubeconfigInput } from '../../kubernetes/kubeconfig.js';
import { checkNames } from '../../release/release-inputs.js';

const FORMATS = ['markdown', 'json', 'html'] as const;
export type Format = (typeof FORMATS)[number];

/** A cluster as the input names it. */
export interface NamedCluster {
  /** How the report calls it. */
  readonly name: string;
  /** A context of the kubeconfig; empty: the current one. */
  readonly context: string;
}

export interface ReportInputs {
  readonly config: string;
  /** Empty: those of helm-cd.yaml, else the current context. */
  readonly clusters: readonly NamedCluster[];
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** Empty: all. */
  readonly releases: readonly string[];
  readonly kubeconfig: KubeconfigInput;
  readonly formats: readonly Format[];
  /** Empty: the folder for what outlives the step. */
  readonly outputDirectory: string;
  readonly title: string;
  readonly drift: 'auto' | 'true' | 'false';
  readonly images: boolean;
  readonly registry: string;
  readonly registryUsername: string;
  readonly registryPassword: string;
  /** Empty: what was read of images is forgotten. */
  readonly cacheFolder: string;
  readonly token: string;
  readonly recordDeployments: boolean;
  /** Of the deployment records; empty: the owner of the repository. */
  readonly organization: string;
}

function readFormats(reader: InputReader): readonly Format[] {
  const words = reader
    .string('format', 'markdown,json,html')
    .split(/[,\s]+/)
    .filter((word) => word !== '');
  for (const word of words) {
    if (FORMATS.some((format) => format === word)) continue;
    throw new HelmCdError('input', `Input "format" has the unknown value "${word}"`, {
      hint: `Valid values, comma separated: ${FORMATS.join(', ')}.`,
    });
  }
  return FORMATS.filter((format) => words.includes(format));
}

/** @throws HelmCdError `input` for two clusters of one name. */
function readClusters(reader: InputReader): readonly NamedCluster[] {
  const clusters = reader.list('clusters').map((line): NamedCluster => {
    const [, name = '', context = ''] = /^([^=\s]+)\s*=\s*(.+)$/.exec(line) ?? [];
    // Contexts of some clouds have a = in their names: those are written with a name of their own.
    return name === '' ? { name: line, context: line } : { name, context };
  });
  const names = clusters.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new HelmCdError('input', `Input "clusters" has the name "${twice}" twice.`);
  return clusters;
}

/** Reads and checks all inputs of report-releases. */
export function readInputs(reader: InputReader): ReportInputs {
  const inputs: ReportInputs = {
    config: reader.string('config'),
    clusters: readClusters(reader),
    namespaces: [...new Set(reader.list('namespaces'))],
    releases: reader.list('releases'),
    kubeconfig: readKubeconfigInput(reader),
    formats: readFormats(reader),
    outputDirectory: reader.string('output-directory'),
    title: reader.string('title', 'What is running'),
    drift: reader.choice('drift', ['auto', 'true', 'false'], 'auto'),
    images: reader.boolean('images', true),
    registry: reader.string('registry'),
    registryUsername: reader.string('registry-username'),
    registryPassword: reader.secret('registry-password'),
    cacheFolder: reader.string('cache-folder'),
    token: reader.secret('token'),
    recordDeployments: reader.boolean('record-deployments', false),
    organization: reader.string('organization'),
  };
  for (const namespace of inputs.namespaces) checkNames('', namespace);
  for (const release of inputs.releases) checkNames(release, '');
  if (inputs.clusters.length > 0 && inputs.kubeconfig.context !== '') {
    throw new HelmCdError('input', 'Inputs "clusters" and "kube-context" were both given.', {
      hint: 'Name every context under clusters.',
    });
  }
  if ((inputs.registryUsername === '') !== (inputs.registryPassword === '')) {
    throw new HelmCdError('input', 'Of "registry-username" and "registry-password" only one was given.');
  }
  if (inputs.recordDeployments && inputs.token === '') {
    throw new HelmCdError('input', 'Input "record-deployments" needs "token".', {
      hint: 'It needs the permission artifact-metadata: write.',
    });
  }
  return inputs;
}

/** Where the cluster's credentials come from, and what they may do on the runner. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { HelmCdError } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import { leavesOf } from '../core/secret-values.js';
import { record } from '../core/release-manifest.js';

export interface KubeconfigInput {
  /** Text or base64; empty when not given. */
  readonly text: string;
  /** A path; empty when not given. */
  readonly file: string;
  /** Empty: the current one. */
  readonly context: string;
  /** Programs that the kubeconfig names may be run to get credentials. */
  readonly allowExec: boolean;
}

export interface KubeconfigSource {
  /** For messages: `the input "kubeconfig"`. */
  readonly name: string;
  /** What kubectl and helm need in their environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether it came with the job (a cloud login before) and not as an input. */
  readonly ambient: boolean;
}

/** What credential programs of the clouds read. Only they get it. */
const CLOUD_VARIABLES =
  /^(?:AWS_|AZURE_|ARM_|AAD_|GOOGLE_|CLOUDSDK_|USE_GKE_|DIGITALOCEAN_|OCI_|IBMCLOUD_|KUBERNETES_(?:SERVICE_|PORT)|ACTIONS_ID_TOKEN_)/;

function cloudVariables(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => CLOUD_VARIABLES.test(name)));
}

function decode(text: string): string {
  if (!/^[A-Za-z0-9+/=_\s-]+$/.test(text)) return text;
  const decoded = Buffer.from(text, 'base64').toString();
  return decoded.includes('\ufffd') ? text : decoded;
}

function readContent(text: string): Readonly<Record<string, unknown>> {
  let content: Readonly<Record<string, unknown>>;
  try {
    content = record(parse(decode(text)));
  } catch {
    // The parser's message would quote the file.
    content = {};
  }
  if (Array.isArray(content['clusters'])) return content;
  throw new HelmCdError('input', 'Input "kubeconfig" is no kubeconfig, neither as text nor as base64.', {
    hint: 'Store the whole file (kubectl config view --raw --flatten --minify) in a secret and pass that.',
  });
}

/** Names and commands are no secrets; everything else about a user is. */
const PUBLIC_KEYS = new Set(['name', 'apiVersion', 'command', 'interactiveMode', 'provideClusterInfo', 'installHint']);

function maskUsers(content: Readonly<Record<string, unknown>>, services: Pick<Services, 'masks'>): void {
  for (const leaf of leavesOf(content['users'])) {
    const key = String(leaf.path.at(-1));
    const isArgument = leaf.path.includes('args');
    if (typeof leaf.value === 'string' && leaf.value.length >= 8 && !isArgument && !PUBLIC_KEYS.has(key)) {
      services.masks.add(leaf.value);
    }
  }
}

/**
 * Puts the kubeconfig where only kubectl and helm find it: a file of mode 0600 in the run's temporary folder, named by
 * the environment of those two.
 */
export async function locateKubeconfig(
  input: KubeconfigInput,
  services: Pick<Services, 'environment' | 'masks' | 'temp' | 'workingDirectory'>,
): Promise<KubeconfigSource> {
  const cloud = input.allowExec ? cloudVariables(services.environment) : {};
  if (input.text !== '') {
    const content = readContent(input.text);
    maskUsers(content, services);
    const file = path.join(services.temp, 'kubeconfig');
    await writeFile(file, decode(input.text), { mode: 0o600 });
    return { name: 'the input "kubeconfig"', environment: { ...cloud, KUBECONFIG: file }, ambient: false };
  }
  if (input.file !== '') {
    const file = path.resolve(services.workingDirectory, input.file);
    return { name: `the file ${input.file}`, environment: { ...cloud, KUBECONFIG: file }, ambient: false };
  }
  const own = services.environment['KUBECONFIG'] ?? '';
  return {
    name: own === '' ? "the runner's own kubeconfig" : 'the kubeconfig that KUBECONFIG names',
    environment: { ...cloudVariables(services.environment), ...(own === '' ? {} : { KUBECONFIG: own }) },
    ambient: true,
  };
}

export interface KubeconfigView {
  readonly server: string;
  readonly context: string;
  /** Of the context; empty when it names none. */
  readonly namespace: string;
  /** The program that the user's credentials come from, if any. */
  readonly credentialProgram: string | undefined;
}

/** Reads the output of `kubectl config view --minify -o json`, which omits the credentials. */
export function readConfigView(json: string): KubeconfigView {
  const view = record(JSON.parse(json));
  const first = (list: string) => record(Array.isArray(view[list]) ? (view[list] as unknown[])[0] : undefined);
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const user = record(first('users')['user']);
  const exec = record(user['exec']);
  const provider = record(user['auth-provider']);
  const program = text(exec['command']) || text(provider['name']);
  return {
    server: text(record(first('clusters')['cluster'])['server']),
    context: text(view['current-context']),
    namespace: text(record(first('contexts')['context'])['namespace']),
    credentialProgram: program === '' ? undefined : program,
  };
}

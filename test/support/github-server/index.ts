import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createBareRepository } from './git/bare.js';
import { handleOf, type FileContent, type RepositoryHandle } from './handle.js';
import type { LoggedRequest } from './http/call.js';
import { Contract, type Violation } from './http/contract.js';
import { Faults } from './http/faults.js';
import { listen } from './http/listener.js';
import type { BranchProtection } from './state/protection.js';
import type { Deployment, Dispatch, RefEvent, WorkflowRun } from './state/records.js';
import { DEFAULT_SETTINGS, Repository, type RepositorySettings } from './state/repository.js';
import { settlePulls } from './state/settle.js';
import { Tokens, type TokenOptions } from './state/tokens.js';
import { World, type Happening } from './state/world.js';

export type { FileContent, RepositoryHandle, SomeonesCommit } from './handle.js';
export type { Call, LoggedRequest } from './http/call.js';
export type { Violation } from './http/contract.js';
export type { Effect, Fault } from './http/faults.js';
export type { PagesSettings } from './state/pages.js';
export type { BranchProtection } from './state/protection.js';
export type { Pull } from './state/pull-record.js';
export type { Deployment, Dispatch, RefEvent, WorkflowRun } from './state/records.js';
export type { TokenOptions } from './state/tokens.js';
export type { Happening } from './state/world.js';

export interface RepositorySeed extends Partial<RepositorySettings> {
  readonly owner: string;
  readonly name: string;
  /** The first commit of the default branch; without files the repository is empty. */
  readonly files?: Readonly<Record<string, FileContent>>;
  readonly protections?: Readonly<Record<string, BranchProtection>>;
  readonly runs?: readonly WorkflowRun[];
}

export interface GitHubServerOptions {
  readonly repositories: readonly RepositorySeed[];
  readonly tokens: readonly (TokenOptions | string)[];
  /** Milliseconds before each request is worked on. Default 0. */
  readonly latencyMs?: number;
  /** Is told of each push and each repository_dispatch, as GitHub Actions is. */
  readonly onEvent?: (happening: Happening) => void;
}

/** A GitHub on a loopback port. Where things are is as on GitHub Enterprise Server. */
export interface GitHubServer {
  /** `http://127.0.0.1:PORT`; `/owner/name.git` below it is for git. */
  readonly url: string;
  readonly serverUrl: string;
  readonly apiUrl: string;
  readonly graphqlUrl: string;
  readonly faults: Faults;
  /** All that were answered or cut off, oldest first. */
  readonly requests: LoggedRequest[];
  /** What broke GitHub's contract, or what this server lacks; a test's last look should find it empty. */
  readonly violations: Violation[];
  readonly dispatches: Dispatch[];
  readonly events: RefEvent[];
  /** Of all repositories. */
  readonly deployments: Deployment[];
  /** What organizations keep of what runs where, oldest first. */
  readonly artifactRecords: readonly Readonly<Record<string, unknown>>[];
  latencyMs: number;
  repository(owner: string, name: string): RepositoryHandle;
  /** The folder of the bare repository. */
  repositoryPath(owner: string, name: string): string;
  /** So many requests have asked for this operation (see Call.operations), or at all. */
  count(operation?: string): number;
  expireToken(token: string): void;
  /** A token that comes later, such as that of a workflow run. */
  addToken(options: TokenOptions): void;
  /** A workflow run begins, or is now in another state. */
  setRun(owner: string, name: string, run: WorkflowRun): void;
  close(): Promise<void>;
}

async function createRepository(world: World, root: string, seed: RepositorySeed): Promise<void> {
  const { owner, name, files, protections, runs, ...settings } = seed;
  const all = { ...DEFAULT_SETTINGS, ...settings };
  const folder = path.join(root, owner, `${name}.git`);
  await createBareRepository(folder, all.defaultBranch);
  const repository = new Repository(owner, name, folder, all, (event) => world.pushed(event));
  repository.watchers.push((ref) => settlePulls(repository, ref));
  world.add(repository);
  if (files !== undefined) await handleOf(repository, '').commit({ files, message: 'First commit' });
  for (const [branch, protection] of Object.entries(protections ?? {})) repository.protections.set(branch, protection);
  repository.runs.push(...(runs ?? []));
}

/** For all servers of this process: what it has compiled of GitHub's description takes longer than most tests. */
let description: Contract | undefined;

/**
 * Starts a GitHub with real bare git repositories: REST and GraphQL as far as helm-cd uses them, and git over HTTP. Every
 * request is checked against GitHub's own descriptions. Close it in a `finally`: its folders are removed then.
 *
 *     const server = await startGitHubServer({
 *       repositories: [{ owner: 'acme', name: 'charts', files: { 'charts/shop/values.yaml': 'tag: 1.0.0\n' } }],
 *       tokens: ['ghs_app', { token: 'ghs_own', kind: 'workflow', permissions: { contents: 'write' } }],
 *     });
 *     server.faults.add({ on: 'graphql:createCommitOnBranch', kind: 'answer', when: 'after', status: 502 });
 *     … the client works with server.apiUrl, server.graphqlUrl, server.repository('acme', 'charts').gitUrl …
 *     expect([server.violations, server.faults.pending, server.count()]).toEqual([[], [], 3]);
 *
 * A new operation of REST: its operationId in scripts/github-openapi-subset.mjs, a handler in rest/. A new field of GraphQL:
 * a property of its node in graphql/.
 */
export async function startGitHubServer(options: GitHubServerOptions): Promise<GitHubServer> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'helm-cd-github-'));
  const world = new World(new Tokens(options.tokens.map((token) => (typeof token === 'string' ? { token } : token))));
  for (const seed of options.repositories) await createRepository(world, root, seed);
  world.events.length = 0;
  if (options.onEvent !== undefined) world.listener = options.onEvent;
  const faults = new Faults(world.tokens);
  const requests: LoggedRequest[] = [];
  let latencyMs = options.latencyMs ?? 0;
  const contract = (description ??= new Contract());
  const listener = await listen({ world, contract, faults, requests, latency: () => latencyMs });
  const find = (owner: string, name: string): Repository => {
    const repository = world.find(owner, name);
    if (repository === undefined) throw new Error(`The server has no repository ${owner}/${name}.`);
    return repository;
  };
  return {
    url: listener.url,
    serverUrl: listener.url,
    apiUrl: `${listener.url}/api/v3`,
    graphqlUrl: `${listener.url}/api/graphql`,
    faults,
    requests,
    violations: world.violations,
    dispatches: world.dispatches,
    events: world.events,
    get deployments() {
      return world.repositories.flatMap(({ deployments }) => deployments);
    },
    get artifactRecords() {
      return [...world.artifactRecords.values()];
    },
    get latencyMs() {
      return latencyMs;
    },
    set latencyMs(milliseconds: number) {
      latencyMs = milliseconds;
    },
    repository: (owner, name) => handleOf(find(owner, name), listener.url),
    repositoryPath: (owner, name) => find(owner, name).path,
    count: (operation) =>
      requests.filter(({ operations }) => operation === undefined || operations.includes(operation)).length,
    expireToken: (token) => world.tokens.expire(token),
    addToken: (token) => world.tokens.add(token),
    setRun(owner, name, run) {
      const { runs } = find(owner, name);
      const known = runs.findIndex(({ id }) => id === run.id);
      runs.splice(known < 0 ? runs.length : known, 1, run);
    },
    async close() {
      await listener.close();
      for (const repository of world.repositories) repository.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

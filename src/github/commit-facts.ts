/** What GitHub knows of a commit: its title, the pull requests it came by, the workflow runs that built it. */
import { createLimiter } from '../core/concurrency.js';
import { HelmCdError } from '../core/errors.js';
import type { Clock, GitHubClient, GitHubResponse } from '../core/ports.js';
import type { BuildEntry, PullRequestEntry } from '../core/report-model.js';
import { patiently } from './patience.js';

export interface CommitFacts {
  readonly title: string;
  readonly pullRequests: readonly PullRequestEntry[];
  readonly builds: readonly BuildEntry[];
}

export interface CommitDistance {
  /** Commits that the head has and the base has not. */
  readonly ahead: number;
  readonly behind: number;
}

const CONCURRENCY = 4;
/** Of one commit. */
const MOST_RUNS = 20;
const MOST_SHOWN = 5;

type Json = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
const listOf = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.filter((item): item is Json => typeof item === 'object' && item !== null) : [];

/** Asks about commits, each once. What GitHub does not tell is left out; why not, the first time, is a note. */
export class CommitReader {
  /** Why GitHub did not tell something, each reason once. */
  readonly problems = new Set<string>();
  private readonly github: GitHubClient;
  private readonly clock: Clock;
  private readonly limit = createLimiter(CONCURRENCY);
  private readonly known = new Map<string, Promise<CommitFacts>>();

  constructor(github: GitHubClient, clock: Clock) {
    this.github = github;
    this.clock = clock;
  }

  private async ask(route: string, parameters: Json, what: string): Promise<GitHubResponse | undefined> {
    try {
      const answer = await this.limit(() =>
        patiently({ clock: this.clock, repeatable: true }, () => this.github.request(route, parameters)),
      );
      if (answer.status === 200) return answer;
      const repository = `${text(parameters['owner'])}/${text(parameters['repo'])}`;
      this.problems.add(
        answer.status === 404
          ? `GitHub shows nothing of ${repository}: it does not exist, or the token may not read it.`
          : `GitHub tells no ${what} of ${repository} (HTTP ${answer.status}).`,
      );
      return undefined;
    } catch (error) {
      if (!(error instanceof HelmCdError) || error.code === 'cancelled') throw error;
      this.problems.add(error.message);
      return undefined;
    }
  }

  /** @param repository `owner/name` */
  about(repository: string, commit: string): Promise<CommitFacts> {
    const key = `${repository} ${commit}`;
    const known = this.known.get(key) ?? this.look(repository, commit);
    this.known.set(key, known);
    return known;
  }

  private async look(repository: string, commit: string): Promise<CommitFacts> {
    const [owner = '', repo = ''] = repository.split('/');
    const place = { owner, repo };
    const [said, pulls, runs] = await Promise.all([
      this.ask('GET /repos/{owner}/{repo}/commits/{ref}', { ...place, ref: commit, per_page: 1 }, 'commits'),
      this.ask(
        'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls',
        { ...place, commit_sha: commit },
        'pull requests',
      ),
      this.ask(
        'GET /repos/{owner}/{repo}/actions/runs',
        { ...place, head_sha: commit, per_page: MOST_RUNS },
        'workflow runs',
      ),
    ]);
    const message = text(((said?.data as Json | undefined)?.['commit'] as Json | undefined)?.['message']);
    const builds = listOf((runs?.data as Json | undefined)?.['workflow_runs']).map((run) => ({
      name: text(run['name']),
      number: number(run['run_number']),
      conclusion: text(run['conclusion']) || text(run['status']),
      url: text(run['html_url']),
    }));
    return {
      title: message.split('\n')[0] ?? '',
      pullRequests: listOf(pulls?.data)
        .map((pull) => ({ number: number(pull['number']), title: text(pull['title']), url: text(pull['html_url']) }))
        .slice(0, MOST_SHOWN),
      builds: builds.slice(0, MOST_SHOWN),
    };
  }

  /** How many commits lie between two; nothing when GitHub does not tell. */
  async distance(repository: string, base: string, head: string): Promise<CommitDistance | undefined> {
    const [owner = '', repo = ''] = repository.split('/');
    const parameters = { owner, repo, basehead: `${base}...${head}`, per_page: 1 };
    const answer = await this.ask('GET /repos/{owner}/{repo}/compare/{basehead}', parameters, 'comparison');
    const { ahead_by: ahead, behind_by: behind } = (answer?.data ?? {}) as Json;
    return typeof ahead === 'number' && typeof behind === 'number' ? { ahead, behind } : undefined;
  }
}

import type { RunContext } from '../core/ports.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The run as GitHub's default environment variables describe it. */
export function readContext(environment: Environment): RunContext {
  const value = (name: string) => environment[name] ?? '';
  const serverUrl = (value('GITHUB_SERVER_URL') || 'https://github.com').replace(/\/+$/, '');
  const repository = value('GITHUB_REPOSITORY');
  const runId = value('GITHUB_RUN_ID');
  return {
    repository,
    sha: value('GITHUB_SHA'),
    refName: value('GITHUB_REF_NAME') || value('GITHUB_REF').replace(/^refs\/(heads|tags)\//, ''),
    eventName: value('GITHUB_EVENT_NAME'),
    baseRef: value('GITHUB_BASE_REF'),
    runId,
    runAttempt: value('GITHUB_RUN_ATTEMPT') || '1',
    runNumber: value('GITHUB_RUN_NUMBER'),
    workflow: value('GITHUB_WORKFLOW_REF').replace(/@.*$/, ''),
    actor: value('GITHUB_ACTOR'),
    serverUrl,
    apiUrl: (value('GITHUB_API_URL') || 'https://api.github.com').replace(/\/+$/, ''),
    graphqlUrl: value('GITHUB_GRAPHQL_URL') || 'https://api.github.com/graphql',
    runUrl: repository !== '' && runId !== '' ? `${serverUrl}/${repository}/actions/runs/${runId}` : '',
  };
}

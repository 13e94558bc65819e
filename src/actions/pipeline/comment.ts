/** The comment on a pull request that a check keeps up to date. */
import type { Outcome } from '../../core/action.js';
import { HelmCdError, messageOf } from '../../core/errors.js';
import { pipelineSummary } from '../../core/pipeline-summary.js';
import type { Services } from '../../core/ports.js';
import { COMMENT_CHARACTERS, writeStickyComment } from '../../github/sticky-comment.js';
import { textOf } from './outcome.js';
import type { Report } from './report.js';

/** For the marker, the mention of the run, and characters that are more than a byte. */
const RESERVE = 1500;

function footer({ context }: Services): string {
  const commit = context.sha === '' ? '' : ` of ${context.sha.slice(0, 7)}`;
  const run = context.runUrl === '' ? '' : ` by [this run](${context.runUrl})`;
  return `<sub>Checked${commit}${run}.</sub>`;
}

/** Two pipelines in one repository have a comment each. */
const keyOf = ({ inputs }: Report, { workingDirectory, environment }: Services) => {
  const workspace = environment['GITHUB_WORKSPACE'] ?? '';
  const folder =
    workspace !== '' && workingDirectory.startsWith(workspace) ? workingDirectory.slice(workspace.length) : '';
  return `${folder.replace(/^\//, '')}:${inputs.config || 'helm-cd.yaml'}`.replace(/^:/, '');
};

/**
 * Tells the pull request how its check went. That it cannot be told is no failure: the token of a pull request from a fork
 * may only read.
 */
export async function tellPullRequest(outcome: Outcome, report: Report, services: Services): Promise<Outcome> {
  const { inputs, situation } = report;
  const { context, clock, log, masks, cancelled } = services;
  const [owner = '', name = ''] = context.repository.split('/');
  const number = situation.pullRequest;
  if (situation.mode !== 'check' || !inputs.comment || number === undefined || name === '' || cancelled.aborted) {
    return outcome;
  }
  if (inputs.token === '') {
    log.info('The pull request is not commented on, for there is no token.');
    return outcome;
  }
  const client = services.github({ token: inputs.token, apiUrl: context.apiUrl, graphqlUrl: context.graphqlUrl });
  const body = `${pipelineSummary(textOf(report, services), COMMENT_CHARACTERS - RESERVE)}\n\n${footer(services)}`;
  try {
    const url = await writeStickyComment({ client, owner, name, clock }, number, {
      key: keyOf(report, services),
      run: { number: Number(context.runNumber) || 0, attempt: Number(context.runAttempt) || 1 },
      body: masks.redact(body),
    });
    log.info(`The comment on pull request #${number}: ${url}`);
    return { ...outcome, outputs: { ...outcome.outputs, 'comment-url': url } };
  } catch (error) {
    if (!(error instanceof HelmCdError) || error.code === 'cancelled') throw error;
    const why =
      error.code === 'unauthorized'
        ? 'its token may not do so (the job needs permissions: pull-requests: write; that of a fork never has them)'
        : messageOf(error);
    const note = `The pull request is not commented on: ${why}`;
    return { ...outcome, annotations: [...(outcome.annotations ?? []), { level: 'notice', message: note }] };
  }
}

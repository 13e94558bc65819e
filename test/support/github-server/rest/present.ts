import type { Commit } from '../git/objects.js';
import type { Comment, Deployment, DeploymentStatus } from '../state/records.js';
import type { Repository } from '../state/repository.js';
import type { Actor } from '../state/tokens.js';

type Json = Record<string, unknown>;

/** Where a thing is, in the API and for people. */
export interface Place {
  readonly apiUrl: string;
  readonly serverUrl: string;
  readonly repository: Repository;
}

export const apiPath = ({ apiUrl, repository }: Place, rest: string): string =>
  `${apiUrl}/repos/${repository.fullName}${rest}`;
export const webPath = ({ serverUrl, repository }: Place, rest: string): string =>
  `${serverUrl}/${repository.fullName}${rest}`;

export function userJson(actor: Actor, serverUrl: string): Json {
  return {
    login: actor.login,
    id: actor.id,
    node_id: `U_${actor.id}`,
    type: actor.type,
    html_url: `${serverUrl}/${actor.login}`,
  };
}

export function repositoryJson(place: Place): Json {
  const { repository } = place;
  return {
    id: 1,
    node_id: `R_${repository.fullName}`,
    name: repository.name,
    full_name: repository.fullName,
    private: repository.private,
    html_url: webPath(place, ''),
    url: apiPath(place, ''),
    default_branch: repository.settings.defaultBranch,
  };
}

function verificationJson(commit: Commit): Json {
  const { verified, reason } = commit.verification;
  return {
    verified,
    reason,
    signature: commit.signature,
    payload: commit.signature === null ? null : commit.payload,
    verified_at: verified ? commit.committer.date : null,
  };
}

const parentsJson = (place: Place, commit: Commit, kind: string): Json[] =>
  commit.parents.map((sha) => ({
    sha,
    url: apiPath(place, `/${kind}/${sha}`),
    html_url: webPath(place, `/commit/${sha}`),
  }));

/** A commit in the words of the git database. */
export function gitCommitJson(place: Place, commit: Commit): Json {
  return {
    sha: commit.oid,
    node_id: `C_${commit.oid}`,
    url: apiPath(place, `/git/commits/${commit.oid}`),
    html_url: webPath(place, `/commit/${commit.oid}`),
    author: commit.author,
    committer: commit.committer,
    tree: { sha: commit.tree, url: apiPath(place, `/git/trees/${commit.tree}`) },
    message: commit.message,
    parents: parentsJson(place, commit, 'git/commits'),
    verification: verificationJson(commit),
  };
}

/** A commit in the words of the repository. */
export function commitJson(place: Place, commit: Commit): Json {
  return {
    sha: commit.oid,
    node_id: `C_${commit.oid}`,
    url: apiPath(place, `/commits/${commit.oid}`),
    html_url: webPath(place, `/commit/${commit.oid}`),
    commit: {
      url: apiPath(place, `/git/commits/${commit.oid}`),
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: apiPath(place, `/git/trees/${commit.tree}`) },
      comment_count: 0,
      verification: verificationJson(commit),
    },
    parents: parentsJson(place, commit, 'commits'),
  };
}

export function refJson(place: Place, ref: string, oid: string, type: string): Json {
  return {
    ref,
    node_id: `REF_${ref}`,
    url: apiPath(place, `/git/${ref}`),
    object: { type, sha: oid, url: apiPath(place, `/git/${type}s/${oid}`) },
  };
}

export function commentJson(place: Place, comment: Comment): Json {
  return {
    id: comment.id,
    node_id: `IC_${comment.id}`,
    url: apiPath(place, `/issues/comments/${comment.id}`),
    html_url: webPath(place, `/pull/${comment.issue}#issuecomment-${comment.id}`),
    issue_url: apiPath(place, `/issues/${comment.issue}`),
    body: comment.body,
    user: userJson(comment.actor, place.serverUrl),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: 'CONTRIBUTOR',
  };
}

export function deploymentJson(place: Place, deployment: Deployment): Json {
  const url = apiPath(place, `/deployments/${deployment.id}`);
  return {
    id: deployment.id,
    node_id: `DE_${deployment.id}`,
    url,
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: userJson(deployment.actor, place.serverUrl),
    created_at: deployment.createdAt,
    updated_at: deployment.statuses.at(-1)?.createdAt ?? deployment.createdAt,
    statuses_url: `${url}/statuses`,
    repository_url: apiPath(place, ''),
    transient_environment: deployment.transientEnvironment,
    production_environment: deployment.productionEnvironment,
  };
}

export function deploymentStatusJson(place: Place, deployment: Deployment, status: DeploymentStatus): Json {
  const url = apiPath(place, `/deployments/${deployment.id}`);
  return {
    id: status.id,
    node_id: `DES_${status.id}`,
    url: `${url}/statuses/${status.id}`,
    state: status.state,
    creator: userJson(status.actor, place.serverUrl),
    description: status.description,
    environment: status.environment,
    target_url: status.logUrl,
    log_url: status.logUrl,
    environment_url: status.environmentUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: url,
    repository_url: apiPath(place, ''),
  };
}

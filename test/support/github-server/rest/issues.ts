import { invalid, notFound } from '../errors.js';
import { timestamp } from '../git/objects.js';
import type { Comment } from '../state/records.js';
import { commentJson } from './present.js';
import { labelJson } from './present-pull.js';
import { pullOf } from './pulls.js';
import { page, place, type RestOperations } from './rest.js';

type Label = string | { readonly name: string };

/** @throws ApiFailure as GitHub refuses a body that is too long; it counts characters. */
function bodyOf(body: unknown): string {
  const { body: text } = body as { body: string };
  if ([...text].length <= 65_536) return text;
  throw invalid([
    {
      resource: 'IssueComment',
      code: 'unprocessable',
      field: 'data',
      message: 'Body is too long (maximum is 65536 characters)',
    },
  ]);
}

/** Issues are served as far as they are pull requests. */
export const issueOperations: RestOperations = {
  'issues/add-labels': {
    needs: ['pull_requests', 'write'],
    handle(request) {
      const pull = pullOf(request, 'issue_number');
      const { labels = [] } = (request.body ?? {}) as { labels?: readonly Label[] };
      for (const label of labels) {
        const name = typeof label === 'string' ? label : label.name;
        if (!pull.labels.includes(name)) pull.labels.push(name);
      }
      return { status: 200, body: pull.labels.map((name) => labelJson(place(request), name)) };
    },
  },
  'issues/list-comments': {
    needs: ['pull_requests', 'read'],
    handle(request) {
      const pull = pullOf(request, 'issue_number');
      const comments = request.repository.comments.filter(({ issue }) => issue === pull.number);
      return page(
        request,
        comments.map((comment) => commentJson(place(request), comment)),
      );
    },
  },
  'issues/create-comment': {
    needs: ['pull_requests', 'write'],
    handle(request) {
      const now = timestamp();
      const comment: Comment = {
        id: request.repository.nextNumber(),
        issue: pullOf(request, 'issue_number').number,
        actor: request.call.token.actor,
        createdAt: now,
        updatedAt: now,
        body: bodyOf(request.body),
      };
      request.repository.comments.push(comment);
      return { status: 201, body: commentJson(place(request), comment) };
    },
  },
  'issues/update-comment': {
    needs: ['pull_requests', 'write'],
    handle(request) {
      const comment = request.repository.comments.find(({ id }) => id === request.number('comment_id'));
      if (comment === undefined) throw notFound();
      comment.body = bodyOf(request.body);
      comment.updatedAt = timestamp();
      return { status: 200, body: commentJson(place(request), comment) };
    },
  },
  'issues/delete-comment': {
    needs: ['pull_requests', 'write'],
    handle(request) {
      const { comments } = request.repository;
      const index = comments.findIndex(({ id }) => id === request.number('comment_id'));
      if (index < 0) throw notFound();
      comments.splice(index, 1);
      return { status: 204 };
    },
  },
};

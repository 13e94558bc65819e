import { notFound } from '../errors.js';
import { timestamp } from '../git/objects.js';
import type { Comment } from '../state/records.js';
import { commentJson } from './present.js';
import { labelJson } from './present-pull.js';
import { pullOf } from './pulls.js';
import { page, place, type RestOperations } from './rest.js';

type Label = string | { readonly name: string };

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
        body: (request.body as { body: string }).body,
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
      comment.body = (request.body as { body: string }).body;
      comment.updatedAt = timestamp();
      return { status: 200, body: commentJson(place(request), comment) };
    },
  },
};

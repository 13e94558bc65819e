/** Label selectors, as the API server matches them. */
import { record } from './release-manifest.js';

type Fields = Readonly<Record<string, unknown>>;

/** Whether each of the labels is there with that value. */
export function matchesLabels(wanted: Fields, labels: Fields): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

function matchesExpression(expression: Fields, labels: Fields): boolean {
  const key = String(expression['key']);
  const values = Array.isArray(expression['values']) ? (expression['values'] as unknown[]) : [];
  const present = Object.hasOwn(labels, key);
  switch (expression['operator']) {
    case 'In':
      return present && values.includes(labels[key]);
    case 'NotIn':
      return !present || !values.includes(labels[key]);
    case 'Exists':
      return present;
    case 'DoesNotExist':
      return !present;
    default:
      // The schema says what is wrong with it.
      return true;
  }
}

/** Whether a `LabelSelector` (matchLabels and matchExpressions) selects what has these labels. */
export function matchesSelector(selector: Fields, labels: Fields): boolean {
  const expressions = Array.isArray(selector['matchExpressions']) ? (selector['matchExpressions'] as unknown[]) : [];
  return (
    matchesLabels(record(selector['matchLabels']), labels) &&
    expressions.every((expression) => matchesExpression(record(expression), labels))
  );
}

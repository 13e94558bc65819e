/** What a bump changes in the manifests that its charts render to, as data and as text for people. */
import { code, codeBlock, cutToBytes, details, escapeMarkdown, table } from './markdown.js';
import type { RenderedImageChange } from './rendered-images.js';

/** A changed image in the render of one chart. */
export interface ChartImageChange extends RenderedImageChange {
  /** The chart's name. */
  readonly chart: string;
}

export interface RenderedChange {
  /** Names of the charts that were rendered, before and after; empty when none could be. */
  readonly charts: readonly string[];
  readonly images: readonly ChartImageChange[];
  /** Images that were written, but that no rendered manifest shows. Only said when all charts concerned were rendered. */
  readonly unused: readonly string[];
  /** Unified, object by object, without those in which only labels change; what Secrets hold is marked. */
  readonly diff: string;
  /** What was not rendered or not compared, and why: a line each. */
  readonly notes: readonly string[];
}

/** More than this of a diff is not what anybody reads in a summary or in a pull request (which holds 65 536 characters). */
const DIFF_LIMIT_BYTES = 40_000;

function orNone(image: string): string {
  return image === '' ? '(none)' : image;
}

function unusedLine(image: string): string {
  return `The values changed, but no rendered manifest uses ${image}.`;
}

/** What is worth a warning. */
export function renderedWarnings(change: RenderedChange): readonly string[] {
  return change.unused.map(unusedLine);
}

/** For the log: an image a line, then what was not compared. */
export function renderedLines(change: RenderedChange): readonly string[] {
  const several = new Set(change.charts).size > 1;
  const images = change.images.map(({ chart, workload, container, from, to }) => {
    return `${several ? `${chart}: ` : ''}${workload}  ${container}  ${orNone(from)} → ${orNone(to)}`;
  });
  const none = change.charts.length > 0 && images.length === 0 ? ['No image of a rendered manifest changes.'] : [];
  return [...images, ...none, ...change.notes];
}

/**
 * Markdown for a job summary or a pull request: a table of the images, warnings and notes, and the diff folded away.
 * @param limitBytes for the diff; what is longer is cut between lines.
 * @returns an empty text when there is nothing to say.
 */
export function renderRenderedChange(change: RenderedChange, limitBytes = DIFF_LIMIT_BYTES): string {
  const several = new Set(change.charts).size > 1;
  const rows = change.images.map(({ chart, workload, container, from, to }) => [
    ...(several ? [escapeMarkdown(chart)] : []),
    code(workload),
    code(container),
    code(orNone(from)),
    code(orNone(to)),
  ]);
  const header = [...(several ? ['chart'] : []), 'rendered workload', 'container', 'old image', 'new image'];
  const warnings = renderedWarnings(change).map((line) => `> ⚠️ ${escapeMarkdown(line)}`);
  const notes = change.notes.map((note) => `- ${escapeMarkdown(note)}`);
  const diff = change.diff === '' ? '' : cutToBytes(change.diff, limitBytes, '… cut');
  return [
    rows.length === 0 ? '' : `**Rendered images**\n\n${table(header, rows)}`,
    warnings.join('\n>\n'),
    notes.join('\n'),
    diff === '' ? '' : details('Rendered diff', codeBlock(diff, 'diff')),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

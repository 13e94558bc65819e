/** What a run of several steps says at its end: for the job summary, and for the comment on a pull request. */
import { formatDuration } from './duration.js';
import { cutToBytes, details, escapeMarkdown, table } from './markdown.js';

export interface SummarizedStep {
  readonly name: string;
  /** The chart that it was about, or empty. */
  readonly chart: string;
  readonly state: 'ok' | 'failed' | 'cancelled' | 'skipped';
  /** One line of plain text. */
  readonly said: string;
  readonly milliseconds: number;
  /** The step's own summary, in Markdown. */
  readonly summary: string;
}

export interface PipelineText {
  /** The result: a line of Markdown with its heading. */
  readonly title: string;
  /** Why this was done and not something else: plain text. */
  readonly reason: string;
  /** Paragraphs of Markdown behind the table: what to do next. */
  readonly next: readonly string[];
  readonly steps: readonly SummarizedStep[];
}

const SIGNS: Readonly<Record<SummarizedStep['state'], string>> = {
  ok: '✅',
  failed: '❌',
  cancelled: '⏹️',
  skipped: '⏭️',
};
const LONGEST_CELL = 300;

const nameOf = ({ name, chart }: SummarizedStep) => (chart === '' ? name : `${name} ${chart}`);

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= LONGEST_CELL ? line : `${line.slice(0, LONGEST_CELL - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

function stepsTable(steps: readonly SummarizedStep[]): string {
  const rows = steps.map((step) => [
    escapeMarkdown(nameOf(step)),
    `${SIGNS[step.state]} ${step.state === 'ok' ? '' : `${step.state}${step.said === '' ? '' : ': '}`}${escapeMarkdown(short(step.said))}`,
    step.milliseconds === 0 ? '' : formatDuration(step.milliseconds),
  ]);
  return table(['Step', 'Result', 'Time'], rows);
}

/** What went wrong in full, when the table has only its beginning. */
function failures(steps: readonly SummarizedStep[]): readonly string[] {
  return steps
    .filter(({ state, said }) => (state === 'failed' || state === 'cancelled') && short(said) !== said.trim())
    .map((step) => `**${escapeMarkdown(nameOf(step))}**: ${escapeMarkdown(step.said)}`);
}

/** The steps' own summaries by importance: what failed, then what is about to change, then the rest. */
function byImportance(steps: readonly SummarizedStep[]): readonly SummarizedStep[] {
  const rank = ({ name, state }: SummarizedStep) => {
    if (state === 'failed' || state === 'cancelled') return 0;
    return ['plan', 'deploy', 'diff'].includes(name) ? 1 : 2;
  };
  return steps.filter(({ summary }) => summary.trim() !== '').sort((a, b) => rank(a) - rank(b));
}

const CUT = '_The rest was cut: the result file of this step has all of it._';

/** A fence or a fold that was cut off would swallow what comes after it. */
function closed(markdown: string): string {
  const fences = [...markdown.matchAll(/^(`{3,})\S*$/gm)].map(([, fence = '']) => fence);
  const open = fences.reduce<string>((fence, next) => (fence === '' ? next : next === fence ? '' : fence), '');
  const folds = (markdown.match(/^<details/gm) ?? []).length - (markdown.match(/^<\/details>/gm) ?? []).length;
  return `${markdown}${open === '' ? '' : `\n${open}`}${'\n\n</details>'.repeat(Math.max(0, folds))}`;
}

/** At most so many bytes of a step's summary. */
function cut(markdown: string, bytes: number): string {
  if (Buffer.byteLength(markdown) <= bytes) return markdown;
  const kept = cutToBytes(markdown, Math.max(0, bytes - Buffer.byteLength(CUT) - 200), '').trimEnd();
  return `${closed(kept)}\n\n${CUT}`;
}

function detailsOf(steps: readonly SummarizedStep[], bytes: number): readonly string[] {
  const parts: string[] = [];
  let room = bytes;
  for (const [index, step] of steps.entries()) {
    const title = `${SIGNS[step.state]} ${nameOf(step)}`;
    const frame = Buffer.byteLength(details(title, '', true)) + 20;
    // What comes later gets at least its share.
    const share = index === 0 ? room * 0.7 : room / (steps.length - index);
    const available = Math.max(share, room - 20_000 * (steps.length - index - 1)) - frame;
    if (available < 500) {
      parts.push(`_Left out for want of room: ${escapeMarkdown(steps.slice(index).map(nameOf).join(', '))}._`);
      break;
    }
    const part = details(title, cut(step.summary.trim(), available), step.state === 'failed');
    room -= Buffer.byteLength(part) + 2;
    parts.push(part);
  }
  return parts;
}

/**
 * The whole text: the result first, then a table of steps, then what to do next, then the steps' own summaries, folded.
 * @param bytes the most that it may have, in UTF-8.
 */
export function pipelineSummary({ title, reason, next, steps }: PipelineText, bytes: number): string {
  const head = [title, escapeMarkdown(reason), stepsTable(steps), ...failures(steps), ...next]
    .filter((part) => part !== '')
    .join('\n\n');
  const headCut = cut(head, Math.floor(bytes * 0.8));
  const rest = detailsOf(byImportance(steps), bytes - Buffer.byteLength(headCut) - 10);
  return [headCut, ...rest].join('\n\n');
}

/** Evidence as people read it: in the job's log, in the summary, and in a file of its own. */
import type { Evidence, EvidenceContainer, EvidenceObject } from './evidence.js';
import { code, codeBlock, details, escapeMarkdown, table } from './markdown.js';

/** Lines of each log in the summary; the evidence file has all that was collected. */
const SUMMARY_LINES = 30;

function lastLines(text: string, count: number): string {
  return text.replace(/\n$/, '').split('\n').slice(-count).join('\n');
}

function podRows(object: EvidenceObject): readonly (readonly string[])[] {
  return object.pods.flatMap((pod) =>
    pod.containers.map((container) => [
      code(object.name),
      code(pod.name),
      code(container.name),
      escapeMarkdown(container.state),
      String(container.restarts),
      code(container.image),
    ]),
  );
}

function logsOf(object: EvidenceObject): readonly { title: string; text: string }[] {
  const entries: { title: string; text: string }[] = [];
  const add = (pod: string, container: EvidenceContainer) => {
    const name = `${pod} (${container.name})`;
    if (container.previousLog !== '') {
      entries.push({ title: `Log of ${name}, before its last restart`, text: container.previousLog });
    }
    if (container.log !== '') entries.push({ title: `Log of ${name}`, text: container.log });
  };
  for (const pod of object.pods) for (const container of pod.containers) add(pod.name, container);
  return entries;
}

/** All parts, as titled texts: the groups of the job's log. */
export function evidenceGroups(evidence: Evidence): readonly { title: string; text: string }[] {
  const groups: { title: string; text: string }[] = [];
  for (const object of evidence.objects) {
    const lines = [`${object.state}: ${object.message}`, ...object.conditions.map((condition) => `  ${condition}`)];
    for (const pod of object.pods) {
      lines.push(`  Pod/${pod.name}: ${pod.phase}${pod.node === '' ? '' : ` on ${pod.node}`}`);
      lines.push(...pod.problems.map((problem) => `    ${problem}`));
      lines.push(
        ...pod.containers.map(
          ({ name, image, state, restarts }) => `    ${name}: ${state}, ${restarts} restarts, ${image}`,
        ),
      );
    }
    groups.push({ title: `${object.name}: ${object.message}`, text: lines.join('\n') }, ...logsOf(object));
  }
  for (const test of evidence.tests) {
    if (test.phase === 'Succeeded' || test.log === '') continue;
    groups.push({ title: `Log of test ${test.name} (${test.phase})`, text: test.log });
  }
  if (evidence.events.length > 0) {
    const lines = evidence.events.map(
      ({ time, type, reason, object, message, count }) =>
        `${time} ${type} ${reason} ${object}: ${message}${count > 1 ? ` (${count} times)` : ''}`,
    );
    groups.push({ title: 'Events', text: lines.join('\n') });
  }
  if (evidence.output !== '') groups.push({ title: 'Output', text: evidence.output });
  return groups;
}

/** Markdown for the summary (`brief`) or the file. */
export function evidenceMarkdown(evidence: Evidence, brief: boolean): string {
  const cut = (text: string) => (brief ? lastLines(text, SUMMARY_LINES) : text);
  const parts = [`**Root cause:** ${escapeMarkdown(evidence.cause)}`];
  const rows = evidence.objects.flatMap(podRows);
  if (rows.length > 0) parts.push(table(['object', 'pod', 'container', 'state', 'restarts', 'image'], rows));
  const withoutPods = evidence.objects.filter((object) => object.pods.length === 0);
  if (withoutPods.length > 0) {
    parts.push(withoutPods.map(({ name, message }) => `- ${code(name)}: ${escapeMarkdown(message)}`).join('\n'));
  }
  for (const { title, text } of evidenceGroups(evidence)) {
    const isLog = title.startsWith('Log of') || title === 'Output' || title === 'Events';
    if (isLog || !brief) parts.push(details(title, codeBlock(cut(text)), !brief));
  }
  if (evidence.missing.length > 0) {
    parts.push(`Not collected: ${escapeMarkdown(evidence.missing.join('; '))}`);
  }
  return parts.join('\n\n');
}

/** The evidence file beside the JSON. */
export function evidenceDocument(evidence: Evidence): string {
  const { release, namespace, revision, phase, collectedAt } = evidence;
  const title = `# Why ${code(release)} failed`;
  const facts = `Release ${code(release)} in namespace ${code(namespace)}, revision ${revision}, failed in phase **${phase}**. Collected ${collectedAt}, before anything was rolled back.`;
  return `${[title, facts, evidenceMarkdown(evidence, false)].join('\n\n')}\n`;
}

/** What a release's workloads should run and really run, as a table. */
import { html, type Content } from './html.js';
import { digestMark, pill, referenceMark, scrolling } from './report-html-parts.js';
import type { ContainerEntry, ReleaseEntry, WorkloadEntry } from './report-model.js';
import { plural } from './report-words.js';

function runningCell({ running, image }: ContainerEntry, anchors: ReadonlyMap<string, string>): Content {
  if (running.length === 0) return html`<span class="muted">no pod</span>`;
  return running.map(({ reference, name, digest, pods, ready }) => {
    const target = anchors.get(`${name}@${digest}`);
    const mark = digest === '' ? html`<span class="muted">no digest</span>` : digestMark(digest);
    const linked = target === undefined ? mark : html`<a href="#${target}">${mark}</a>`;
    const other =
      reference === image ? '' : html` ${pill('warning', 'not what the spec says')} ${referenceMark(reference)}`;
    return html`<div>${linked} <span class="muted">${ready} of ${plural(pods, 'pod')} ready</span>${other}</div>`;
  });
}

const STATES = { ready: 'fine', progressing: 'warning', failed: 'bad', missing: 'bad', unknown: 'plain' } as const;

function workloadRows(workload: WorkloadEntry, anchors: ReadonlyMap<string, string>): Content {
  const { kind, name, state, message, containers, desired, ready, problems } = workload;
  const span = Math.max(1, containers.length);
  const head = html`<th scope="rowgroup" rowspan="${span}"><span class="kind">${kind}</span> ${name}</th>
    <td rowspan="${span}">
      ${pill(STATES[state], state)}<small class="muted">${message}</small
      >${problems.map((problem) => html`<small class="bad-text">${problem}</small>`)}
    </td>
    <td rowspan="${span}" class="number">${desired === null ? ready : `${ready}/${desired}`}</td>`;
  if (containers.length === 0)
    return html`<tr>
      ${head}
      <td></td>
      <td></td>
      <td></td>
    </tr>`;
  return containers.map(
    (container, index) =>
      html`<tr>
        ${index === 0 ? head : ''}
        <td>${container.name}${container.init ? html` <span class="muted">init</span>` : ''}</td>
        <td>${referenceMark(container.image)}</td>
        <td>${runningCell(container, anchors)}</td>
      </tr> `,
  );
}

/** A table of a release's workloads; digests lead to their images. @param anchors by `name@digest` */
export function workloadTable({ workloads, name }: ReleaseEntry, anchors: ReadonlyMap<string, string>): Content {
  if (workloads.length === 0) return html`<p class="muted">No workloads.</p>`;
  return scrolling(
    `Workloads of ${name}`,
    html`<table class="inner">
      <thead>
        <tr>
          <th scope="col">Workload</th>
          <th scope="col">State</th>
          <th scope="col" class="number">Ready</th>
          <th scope="col">Container</th>
          <th scope="col">Specified</th>
          <th scope="col">Really running</th>
        </tr>
      </thead>
      ${workloads.map(
        (workload) =>
          html`<tbody>
            ${workloadRows(workload, anchors)}
          </tbody>`,
      )}
    </table>`,
  );
}

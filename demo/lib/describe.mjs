// One line for each step of the example workflows, from the step's outputs.

const short = (digest = '') => digest.replace(/^sha256:/, '').slice(0, 12);

function versions(json) {
  return Object.entries(JSON.parse(json || '{}'))
    .map(([chart, version]) => `${chart} ${version}`)
    .join(', ');
}

function tests(json) {
  const list = JSON.parse(json || '[]');
  return list.length === 0 ? '' : `, ${list.length} tests`;
}

const sentences = {
  image: ({ reference }) => ['image', reference],
  bump: (out) => [
    'bump',
    `${out.result}: ${versions(out['chart-versions'])}, commit ${out['commit-sha']?.slice(0, 7)}`,
  ],
  validate: (out) => ['validate', `${out.result}: ${out.errors} errors, ${out.warnings} warnings`],
  publish: (out) => ['publish', `${out.result}: ${out.name} ${out.version}, sha256 ${short(out.digest)}`],
  promote: (out) => ['promote', `${out.result}: ${out.name} ${out.version}, sha256 ${short(out.digest)}`],
  plan: (out) => ['plan', `${out.result}: plan ${short(out['plan-digest'])}`],
  deploy: (out) => [
    'deploy',
    out.result === 'deployed'
      ? `${out.result}: ${out['chart-version']}, revision ${out.revision}${tests(out.tests)}`
      : `${out.result}: ${out['chart-version']} failed in the phase ${out['failed-phase']}, revision ${out.revision}`,
  ],
};

/**
 * @param {import('./act-log.mjs').Step} step
 * @returns {{ ok: boolean, what: string, text: string, seconds: number } | undefined} undefined for what is not worth a line
 */
export function describe({ id, ok, outputs, errors, seconds }) {
  if (!(id in sentences)) return undefined;
  if (!ok && !outputs.result) return { ok, what: id, text: errors[0] ?? 'failed', seconds };
  const [what, text] = sentences[id](outputs);
  return { ok, what, text, seconds };
}

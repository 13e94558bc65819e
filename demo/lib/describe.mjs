// One line for each step of the example workflows, from the step's outputs.

const short = (digest = '') => digest.replace(/^sha256:/, '').slice(0, 12);

function versions(json) {
  return Object.entries(JSON.parse(json || '{}'))
    .map(([chart, version]) => `${chart} ${version}`)
    .join(', ');
}

const chartAndDigest = ({ result, name, version, digest }) => `${result}: ${name} ${version}, sha256 ${short(digest)}`;

function bump({ result, attempts, ...out }) {
  const lostRaces = Number(attempts) > 1 ? `, at attempt ${attempts}` : '';
  return `${result}: ${versions(out['chart-versions'])}, commit ${out['commit-sha']?.slice(0, 7)}${lostRaces}`;
}

function deploy({ result, revision, tests, ...out }) {
  const chart = `${result}: ${out['chart-version']}`;
  if (result !== 'deployed') return `${chart} failed in the phase ${out['failed-phase']}, revision ${revision}`;
  const passed = JSON.parse(tests || '[]').length;
  return `${chart}, revision ${revision}${passed > 0 ? `, ${passed} tests passed` : ''}`;
}

/** By the id of the step. */
const sentences = {
  bump,
  validate: ({ result, errors, warnings }) => `${result}: ${errors} errors, ${warnings} warnings`,
  publish: chartAndDigest,
  watch: ({ result, pending }) => {
    const due = JSON.parse(pending || '[]').map(
      ({ chart, version, environment }) => `${chart} ${version} for ${environment}`,
    );
    return [result, ...due].join(': ');
  },
  promote: chartAndDigest,
  plan: (out) => `${out.result}: plan ${short(out['plan-digest'])}`,
  deploy,
};

/**
 * @param {import('./act-log.mjs').Step} step
 * @returns {{ ok: boolean, what: string, text: string, seconds: number } | undefined} undefined for what is not worth a line
 */
export function describe({ id, ok, outputs, errors, seconds }) {
  if (!(id in sentences)) return undefined;
  const text = ok || outputs.result ? sentences[id](outputs) : (errors[0] ?? 'failed');
  return { ok, what: id, text, seconds };
}

/**
 * Checks every action.yml for what neither GitHub nor act would tell: a forgotten mapping only shows on a real runner, and
 * an expression inside `run:` is a script injection.
 *
 *   node scripts/check-actions.mjs
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { actionFile, actionNames, readAction } from './lib/action-files.mjs';
import { root } from './lib/run.mjs';

/** What every action takes and gives, besides its own. */
const COMMON_INPUTS = ['working-directory'];
const COMMON_OUTPUTS = ['result', 'summary-file', 'result-file'];

/** The script of the step `run`: `exec`, for on cancellation GitHub's runner signals only the step's own process. */
const runScript = (name) => `\
if ! [[ "$(node --version 2>/dev/null)" =~ ^v([0-9]+) ]] || [ "\${BASH_REMATCH[1]}" -lt 20 ]; then
  echo "::error::helm-cd needs Node.js 20 or newer on PATH. Add a step with actions/setup-node before this one."
  exit 127
fi
exec node "$GITHUB_ACTION_PATH/${name === '' ? '' : '../../'}dist/index.js" ${name || 'pipeline'}
`;

/** The clean-up step: composites have no \`post:\`, and the process may have been killed. */
const CLEAN_UP = {
  if: 'always()',
  shell: 'bash',
  env: { HELM_CD_TEMPORARY_DIRECTORY: '${{ steps.run.outputs.temporary-directory }}' },
  run: 'if [ -n "$HELM_CD_TEMPORARY_DIRECTORY" ]; then rm -rf -- "$HELM_CD_TEMPORARY_DIRECTORY"; fi\n',
};

/** Actions that change a release: what was killed in the middle of that is settled by a step that always runs. */
const SETTLED = ['deploy-chart', 'rollback-chart'];
const SETTLE = {
  if: 'always()',
  shell: 'bash',
  env: {
    INPUT_UNFINISHED: '${{ steps.run.outputs.temporary-directory }}',
    INPUT_TOKEN: '${{ inputs.token }}',
  },
  run: `\
if [ -z "$INPUT_UNFINISHED" ] || ! [ -f "$INPUT_UNFINISHED/unfinished.json" ]; then exit 0; fi
exec node "$GITHUB_ACTION_PATH/../../dist/index.js" settle-release
`,
};

/** The root's action has the others as its steps, each with a temporary folder of its own in this one's. */
const SETTLE_STEPS = {
  if: 'always()',
  shell: 'bash',
  env: {
    HELM_CD_TEMPORARY_DIRECTORY: '${{ steps.run.outputs.temporary-directory }}',
    INPUT_TOKEN: '${{ inputs.token }}',
  },
  run: `\
if [ -z "$HELM_CD_TEMPORARY_DIRECTORY" ]; then exit 0; fi
for file in "$HELM_CD_TEMPORARY_DIRECTORY"/helm-cd-*/unfinished.json; do
  if [ -f "$file" ]; then
    INPUT_UNFINISHED="\${file%/*}" node "$GITHUB_ACTION_PATH/dist/index.js" settle-release
  fi
done
`,
};

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const entries = (map) => Object.entries(map ?? {});
const isText = (value) => typeof value === 'string' && value.trim() !== '';

function checkSteps(steps, report) {
  for (const [index, step] of steps.entries()) {
    const label = step.id ?? step.name ?? `number ${index + 1}`;
    if (step.uses !== undefined)
      report(`step ${label} uses another action: there is nothing of it in our tests or pins`);
    if (step.shell !== 'bash') report(`step ${label} needs "shell: bash" (sh drops variables with a hyphen)`);
    if (String(step.run ?? '').includes('${{'))
      report(`step ${label} has an expression inside run: pass it through env`);
  }
}

function checkInputs(inputs, mapped, report) {
  for (const [name, input] of entries(inputs)) {
    if (!/^[a-z][a-z0-9-]*$/.test(name)) report(`input ${name}: names are lower case with hyphens`);
    if (!isText(input?.description)) report(`input ${name} has no description`);
    if (typeof input?.required !== 'boolean') report(`input ${name} must say "required: true" or "required: false"`);
    if (input?.required === true && input.default !== undefined) report(`input ${name} is required and has a default`);
    if (input?.default !== undefined && typeof input.default !== 'string') {
      report(`input ${name}: write the default as text, '${input.default}'`);
    }
    if (String(input?.default ?? '').includes('${{') && input.default !== '${{ github.token }}') {
      report(`input ${name}: the only expression for a default is \${{ github.token }}`);
    }
    const variable = `INPUT_${name.toUpperCase()}`;
    const expected = `\${{ inputs.${name} }}`;
    if (mapped?.[variable] !== expected) report(`step run: env needs ${variable}: ${expected}`);
  }
  const variables = entries(inputs).map(([name]) => `INPUT_${name.toUpperCase()}`);
  for (const [variable] of entries(mapped)) {
    if (!variables.includes(variable)) report(`step run: env has ${variable}, which is no input`);
  }
  for (const name of COMMON_INPUTS) if (inputs?.[name] === undefined) report(`the common input ${name} is missing`);
}

function checkOutputs(outputs, report) {
  for (const [name, output] of entries(outputs)) {
    const expected = `\${{ steps.run.outputs.${name} }}`;
    if (!isText(output?.description)) report(`output ${name} has no description`);
    if (output?.value !== expected) report(`output ${name} needs "value: ${expected}"`);
  }
  for (const name of COMMON_OUTPUTS) if (outputs?.[name] === undefined) report(`the common output ${name} is missing`);
}

/**
 * What is wrong with an action.yml.
 * @param {string} name the folder in actions/; empty for the root's action.yml
 * @param {any} action the parsed file
 * @returns {string[]} one sentence each; empty when all is well
 */
export function checkAction(name, action) {
  const problems = [];
  const report = (problem) => problems.push(problem);
  for (const key of ['name', 'description', 'author']) if (!isText(action?.[key])) report(`${key} is missing`);
  for (const key of ['icon', 'color']) if (!isText(action?.branding?.[key])) report(`branding.${key} is missing`);
  if (action?.runs?.using !== 'composite') return [...problems, 'runs.using must be composite'];
  const steps = action.runs.steps ?? [];
  checkSteps(steps, report);

  const run = steps.filter((step) => step.id === 'run');
  if (run.length !== 1) return [...problems, 'there must be one step with "id: run"'];
  if (run[0].run !== runScript(name)) report(`the script of step run must be exactly:\n${runScript(name)}`);
  const between = steps.slice(steps.indexOf(run[0]) + 1, -1).map(({ name: _, ...step }) => step);
  if (steps[0] !== run[0]) report('the first step must be the one with "id: run"');
  const settle = name === '' ? SETTLE_STEPS : SETTLED.includes(name) ? SETTLE : undefined;
  if (settle !== undefined) {
    if (!same(between, [settle]))
      report(`between run and the clean-up there must be one step, exactly:\n${JSON.stringify(settle, null, 2)}`);
  } else if (between.length > 0 || steps.length !== 2) report('there must be two steps: run, and the clean-up');
  const { name: _, ...cleanUp } = steps.at(-1);
  if (!same(cleanUp, CLEAN_UP))
    report(`the last step must be the clean-up, exactly:\n${JSON.stringify(CLEAN_UP, null, 2)}`);
  checkInputs(action.inputs, run[0].env, report);
  checkOutputs(action.outputs, report);
  return problems;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  let count = 0;
  const names = ['', ...actionNames()].filter((name) => existsSync(path.join(root, actionFile(name))));
  for (const name of names) {
    const problems = checkAction(name, readAction(name));
    if (name !== '' && !existsSync(path.join(root, 'actions', name, 'README.md')))
      problems.push('README.md is missing');
    for (const problem of problems) console.log(`${actionFile(name)}: ${problem}`);
    count += problems.length;
  }
  console.log(count === 0 ? `${names.length} action files are in order` : `${count} problems`);
  process.exitCode = count === 0 ? 0 : 1;
}

import { describe, expect, it } from '@jest/globals';
import { checkAction } from '../../scripts/check-actions.mjs';
import { actionNames, readAction } from '../../scripts/lib/action-files.mjs';

interface StepFile {
  id?: string;
  name?: string;
  if?: string;
  shell?: string;
  uses?: string;
  env: Record<string, string>;
  run: string;
}

interface ActionFile {
  name?: string;
  description?: string;
  branding?: Record<string, string>;
  inputs: Record<string, { description?: string; required?: unknown; default?: unknown } | undefined>;
  outputs: Record<string, { description?: string; value?: string } | undefined>;
  runs: { using: string; steps: [StepFile, StepFile] };
}

const NODE_GUARD = `\
if ! [[ "$(node --version 2>/dev/null)" =~ ^v([0-9]+) ]] || [ "\${BASH_REMATCH[1]}" -lt 20 ]; then
  echo "::error::helm-cd needs Node.js 20 or newer on PATH. Add a step with actions/setup-node before this one."
  exit 127
fi
`;

/** An action.yml in which all is well. */
function good(): ActionFile {
  const output = (name: string) => ({ description: `The ${name}.`, value: `\${{ steps.run.outputs.${name} }}` });
  return {
    name: 'helm-cd: sample',
    description: 'A sample.',
    author: 'helm-cd',
    branding: { icon: 'anchor', color: 'blue' },
    inputs: {
      'dry-run': { description: 'Only plan.', required: false, default: 'false' },
      'working-directory': { description: 'Where relative paths start.', required: false },
    },
    outputs: { result: output('result'), 'summary-file': output('summary-file'), 'result-file': output('result-file') },
    runs: {
      using: 'composite',
      steps: [
        {
          id: 'run',
          shell: 'bash',
          env: {
            'INPUT_DRY-RUN': '${{ inputs.dry-run }}',
            'INPUT_WORKING-DIRECTORY': '${{ inputs.working-directory }}',
          },
          run: `${NODE_GUARD}exec node "$GITHUB_ACTION_PATH/../../dist/index.js" sample\n`,
        },
        {
          name: 'Remove temporary files',
          if: 'always()',
          shell: 'bash',
          env: { HELM_CD_TEMPORARY_DIRECTORY: '${{ steps.run.outputs.temporary-directory }}' },
          run: 'if [ -n "$HELM_CD_TEMPORARY_DIRECTORY" ]; then rm -rf -- "$HELM_CD_TEMPORARY_DIRECTORY"; fi\n',
        },
      ],
    },
  } as ActionFile;
}

describe('the check of action.yml', () => {
  it('finds nothing in a good file', () => {
    expect(checkAction('sample', good())).toEqual([]);
  });

  it.each<[string, (action: ActionFile) => void, string]>([
    ['no description', (a) => delete a.description, 'description is missing'],
    ['no icon', (a) => delete a.branding?.['icon'], 'branding.icon is missing'],
    ['another kind', (a) => (a.runs.using = 'node24'), 'runs.using must be composite'],
    ['another shell', (a) => (a.runs.steps[0].shell = 'sh'), 'step run needs "shell: bash"'],
    ['no shell', (a) => delete a.runs.steps[1].shell, 'step Remove temporary files needs "shell: bash"'],
    ['an action inside', (a) => (a.runs.steps[0].uses = 'actions/cache@v6'), 'step run uses another action'],
    ['an expression in run', (a) => (a.runs.steps[0].run += 'echo ${{ inputs.dry-run }}'), 'expression inside run'],
    [
      'an input not mapped',
      (a) => delete a.runs.steps[0].env['INPUT_DRY-RUN'],
      'env needs INPUT_DRY-RUN: ${{ inputs.dry-run }}',
    ],
    [
      'an input mapped from another',
      (a) => (a.runs.steps[0].env['INPUT_DRY-RUN'] = '${{ inputs.dry_run }}'),
      'env needs INPUT_DRY-RUN',
    ],
    [
      'a mapping of no input',
      (a) => (a.runs.steps[0].env['INPUT_OTHER'] = 'x'),
      'env has INPUT_OTHER, which is no input',
    ],
    [
      'an input without description',
      (a) => (a.inputs['dry-run'] = { required: false }),
      'input dry-run has no description',
    ],
    [
      'an input that does not say required',
      (a) => delete a.inputs['dry-run']?.required,
      'input dry-run must say "required',
    ],
    [
      'a required input with default',
      (a) => (a.inputs['dry-run']!.required = true),
      'input dry-run is required and has a default',
    ],
    ['a default that is no text', (a) => (a.inputs['dry-run']!.default = false), "write the default as text, 'false'"],
    [
      'an expression as default',
      (a) => (a.inputs['dry-run']!.default = '${{ github.actor }}'),
      'the only expression for a default',
    ],
    [
      'no working-directory',
      (a) => delete a.inputs['working-directory'],
      'the common input working-directory is missing',
    ],
    [
      'an output not mapped',
      (a) => (a.outputs['result']!.value = '${{ steps.run.outputs.results }}'),
      'output result needs "value',
    ],
    [
      'an output without description',
      (a) => delete a.outputs['result']?.description,
      'output result has no description',
    ],
    ['no result-file', (a) => delete a.outputs['result-file'], 'the common output result-file is missing'],
    [
      'no node guard',
      (a) => (a.runs.steps[0].run = a.runs.steps[0].run.replace(NODE_GUARD, '')),
      'script of step run must be',
    ],
    [
      'a shell that stays',
      (a) => (a.runs.steps[0].run = a.runs.steps[0].run.replace('exec ', '')),
      'script of step run must be',
    ],
    [
      'another action started',
      (a) => (a.runs.steps[0].run = a.runs.steps[0].run.replace('sample', 'other')),
      'script of step run must be',
    ],
    ['a clean-up only on success', (a) => delete a.runs.steps[1].if, 'the last step must be the clean-up'],
    ['no clean-up', (a) => a.runs.steps.pop(), 'there must be two steps'],
  ])('finds %s', (_, spoil, problem) => {
    const action = good();
    spoil(action);
    expect(checkAction('sample', action).join('\n')).toContain(problem);
  });

  it.each(['', ...actionNames()])('finds nothing in "%s"', (name) => {
    expect(checkAction(name, readAction(name))).toEqual([]);
  });
});

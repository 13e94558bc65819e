import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { runComposite, type CompositeOptions } from '../support/composite.js';
import { temporaryFolder } from '../support/services.js';

/** The runner of action.yml must itself be as strict as GitHub's: what it lets pass, no test would find. */
let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Sample {
  readonly inputs?: object;
  readonly outputs?: object;
  readonly steps: readonly object[];
}

/** Runs an action.yml of these parts. */
async function run({ inputs = {}, outputs = {}, steps }: Sample, options: Partial<CompositeOptions> = {}) {
  const action = await mkdtemp(path.join(folder, 'action-'));
  await writeFile(path.join(action, 'action.yml'), stringify({ inputs, outputs, runs: { using: 'composite', steps } }));
  return runComposite(action, { folder, ...options });
}

const step = (script: string, more: object = {}) => ({ id: 'run', shell: 'bash', run: script, ...more });

describe('the composite runner', () => {
  it('gives inputs only where action.yml maps them, with defaults for those not given', async () => {
    const inputs = { 'the-name': { default: 'shop' }, token: { default: '${{ github.token }}' }, other: {} };
    const env = {
      'INPUT_THE-NAME': '${{ inputs.the-name }}',
      TOKEN: '${{inputs.token}}',
      BOTH: '<${{ inputs.the-name }}${{ inputs.other }}>',
    };
    const script = 'env | grep -E "^(INPUT_|TOKEN|BOTH|GITHUB_TOKEN)" | sort';
    const { log, outcome } = await run({ inputs, steps: [step(script, { env })] });
    expect(outcome).toBe('success');
    expect(log).toMatch(/^BOTH=<shop>\nINPUT_THE-NAME=shop\nTOKEN=ghs_\w+\n$/);
    const given = await run({ inputs, steps: [step(script, { env })] }, { inputs: { 'the-name': '', other: 'x' } });
    expect(given.log).toMatch(/^BOTH=<x>\nINPUT_THE-NAME=\nTOKEN=/);
  });

  it('has a clean environment: nothing of ours but PATH', async () => {
    process.env['HELM_CD_LEAK'] = 'leaked';
    const { log, home } = await run({ steps: [step('env')] }, { environment: { AWS_REGION: 'eu-1' } });
    delete process.env['HELM_CD_LEAK'];
    expect(log).not.toContain('leaked');
    expect(log).toContain('AWS_REGION=eu-1\n');
    expect(log).toContain(`HOME=${home}\n`);
    expect(log).toContain('GITHUB_ACTIONS=true\n');
  });

  it('gives back the outputs that are declared, also with several lines', async () => {
    const outputs = {
      diff: { value: '${{ steps.run.outputs.diff }}' },
      none: { value: '${{ steps.run.outputs.none }}' },
    };
    const script =
      'printf "diff<<END\\na=1\\n\\nb\\nEND\\nnone=\\n" >> "$GITHUB_OUTPUT"; echo "# Done" >> "$GITHUB_STEP_SUMMARY"';
    const result = await run({ outputs, steps: [step(script)] });
    expect(result.outputs).toEqual({ diff: 'a=1\n\nb', none: '' });
    expect(result.summary).toBe('# Done\n');
  });

  it('ends with failure, and runs after it only what is always run', async () => {
    const steps = [
      step('echo first; exit 3'),
      step('echo second', { id: 'b' }),
      step('echo third', { id: 'c', if: 'always()' }),
    ];
    expect(await run({ steps })).toMatchObject({ outcome: 'failure', exitCode: 3, log: 'first\nthird\n' });
  });

  it('stops a script at its first failing command, as GitHub does', async () => {
    expect(await run({ steps: [step('false | cat\necho not reached')] })).toMatchObject({ exitCode: 1, log: '' });
  });

  it('reads annotations, and hides what the runner hides', async () => {
    const script =
      'echo "::add-mask::s3cr3t%25"; echo "::error title=x,file=a%2Cb.yaml,line=3::two%0Alines"; echo "::warning::careful"';
    const { annotations, masks, log } = await run({ steps: [step(script)] });
    expect(annotations).toEqual([
      { level: 'error', message: 'two\nlines', file: 'a,b.yaml', line: 3 },
      { level: 'warning', message: 'careful' },
    ]);
    expect(masks).toEqual(['s3cr3t%']);
    expect(log).not.toContain('s3cr3t');
  });

  it.each<[string, Sample, Partial<CompositeOptions>, string]>([
    ['an input that is not declared', { steps: [step('true')] }, { inputs: { nmae: 'x' } }, 'has no input "nmae"'],
    ['an expression inside run', { steps: [step('echo ${{ inputs.x }}')] }, {}, 'has an expression inside run:'],
    [
      'an undeclared input in env',
      { steps: [step('true', { env: { A: '${{ inputs.x }}' } })] },
      {},
      'uses the input "x", which it does not declare',
    ],
    [
      'another context',
      { steps: [step('true', { env: { A: '${{ github.actor }}' } })] },
      {},
      'not allowed there: ${{ github.actor }}',
    ],
    ['a function', { steps: [step('true', { env: { A: "${{ format('x') }}" } })] }, {}, 'not allowed there'],
    [
      'an output not declared',
      { steps: [step('echo "reslut=x" >> "$GITHUB_OUTPUT"')] },
      {},
      'sets the output "reslut", which action.yml does not declare',
    ],
    [
      'an output of no step',
      { outputs: { a: { value: '${{ steps.rnu.outputs.a }}' } }, steps: [step('true')] },
      {},
      'outputs of a step "rnu"',
    ],
    ['another shell', { steps: [step('true', { shell: 'sh' })] }, {}, 'is no bash script'],
    ['another action', { steps: [{ uses: 'actions/cache@v6' }] }, {}, 'is no bash script'],
    ['another condition', { steps: [step('true', { if: 'failure()' })] }, {}, '"if: failure()" is unknown'],
    ['a change of PATH', { steps: [step('echo /x >> "$GITHUB_PATH"')] }, {}, "changes the job's environment (path)"],
    ['an exported variable', { steps: [step('echo A=b >> "$GITHUB_ENV"')] }, {}, "changes the job's environment (env)"],
    [
      'a step without end',
      { steps: [step('echo begun; sleep 300')] },
      { timeoutMs: 500 },
      'did not end within 500 ms:\nbegun',
    ],
  ])('refuses %s', async (_, sample, options, message) => {
    await expect(run(sample, options)).rejects.toThrow(message);
  });

  it('tells when the step has started, so that a test can end it', async () => {
    const steps = [step('sleep 300'), step('echo cleaned', { id: 'b', if: 'always()' })];
    const result = await run({ steps }, { onStart: (pid) => process.kill(-pid, 'SIGKILL') });
    expect(result).toMatchObject({ outcome: 'failure', exitCode: undefined, log: 'cleaned\n' });
  });
});

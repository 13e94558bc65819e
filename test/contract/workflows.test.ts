/** Calls of the reusable workflows, in the examples and the documentation: GitHub refuses a run whose call is not as the workflow says. */
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { grants, permissionsOf, readWorkflow, reusableWorkflows } from '../../scripts/lib/workflow-files.mjs';
import { samples } from '../support/samples.js';

interface Value {
  readonly description?: string;
  readonly type?: string;
  readonly required?: boolean;
  readonly default?: unknown;
}

interface Workflow {
  readonly on: {
    readonly workflow_call: {
      readonly inputs?: Readonly<Record<string, Value>>;
      readonly secrets?: Readonly<Record<string, Value>>;
      readonly outputs?: Readonly<Record<string, Value>>;
    };
  };
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, { readonly 'timeout-minutes'?: number; readonly permissions?: object }>>;
}

interface Call {
  readonly uses: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly permissions?: Readonly<Record<string, string>>;
}

const OURS = /^helm-cd\/helm-cd\/\.github\/workflows\/([\w-]+)\.yml@v1$/;
const names: readonly string[] = reusableWorkflows();

/** The jobs of a sample that call one of the reusable workflows, by id. */
function callsIn(text: string): readonly (readonly [string, string, Call])[] {
  const { jobs = {} } = (parse(text) ?? {}) as { jobs?: Record<string, Partial<Call>> };
  return Object.entries(jobs).flatMap(([id, job]) => {
    const name = OURS.exec(job.uses ?? '')?.[1];
    return name === undefined ? [] : [[id, name, job as Call] as const];
  });
}

const calling = samples().filter(([, text]) => text.includes('helm-cd/helm-cd/.github/workflows/'));

it('there are callers of each', () => {
  expect(names).toEqual(['bump', 'chart-check', 'chart-pipeline', 'watch', 'promote', 'deploy']);
  expect(new Set(calling.flatMap(([, text]) => callsIn(text).map(([, name]) => name)))).toEqual(new Set(names));
});

describe.each(calling)('%s', (_, text) => {
  it.each(callsIn(text))('job %s calls %s as it is', (id, name, call) => {
    expect(names).toContain(name);
    const workflow = readWorkflow(name) as Workflow;
    const { inputs = {}, secrets = {}, outputs = {} } = workflow.on.workflow_call;
    const given = Object.keys(call.with ?? {});
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(given));
    expect(given).toEqual(
      expect.arrayContaining(Object.keys(inputs).filter((input) => inputs[input]?.required === true)),
    );
    // Other organisations cannot have their secrets inherited.
    expect(call.secrets).not.toBe('inherit');
    expect(Object.keys(secrets)).toEqual(expect.arrayContaining(Object.keys(call.secrets ?? {})));
    const wanted = permissionsOf(workflow);
    expect([call.permissions, wanted, grants(call.permissions, wanted)]).toEqual([call.permissions, wanted, true]);
    // And not more than that.
    expect(Object.keys(wanted)).toEqual(expect.arrayContaining(Object.keys(call.permissions ?? {})));
    for (const [, output = ''] of text.matchAll(new RegExp(`needs\\.${id}\\.outputs\\.([\\w-]+)`, 'g'))) {
      expect(Object.keys(outputs)).toContain(output);
    }
  });
});

describe.each(names)('%s.yml', (name) => {
  const workflow = readWorkflow(name) as Workflow;
  const { inputs = {}, secrets = {}, outputs = {} } = workflow.on.workflow_call;

  it('says what each input, secret and output is, and what a caller may leave out', () => {
    for (const [key, value] of Object.entries({ ...inputs, ...secrets, ...outputs })) {
      expect([key, value.description]).toEqual([key, expect.stringMatching(/^.+\.$/)]);
    }
    for (const [key, { type, required, default: fallback }] of Object.entries(inputs)) {
      expect([key, type, typeof required]).toEqual([key, expect.stringMatching(/^(string|boolean)$/), 'boolean']);
      expect([key, fallback === undefined]).toEqual([key, required]);
    }
    for (const [key, { required }] of Object.entries(secrets)) expect([key, required]).toEqual([key, false]);
  });

  it('starts without any permission, and each job says which it needs and how long it may take', () => {
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) {
      expect(job).toMatchObject({ 'timeout-minutes': expect.any(Number), permissions: expect.any(Object) });
    }
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pipelineSummary, type SummarizedStep } from '../../../src/core/pipeline-summary.js';

const step = (name: string, more: Partial<SummarizedStep> = {}): SummarizedStep => ({
  name,
  chart: '',
  state: 'ok',
  said: '',
  milliseconds: 0,
  summary: '',
  ...more,
});
const text = (steps: readonly SummarizedStep[], bytes = 1_000_000) =>
  pipelineSummary({ title: '### ✅ Deployed', reason: 'Because.', next: [], steps }, bytes);

describe('the summary of several steps', () => {
  it('has the result first, then a table, then the steps’ own summaries, folded', () => {
    const steps = [
      step('validate', { said: '0 errors', milliseconds: 3200, summary: '### ✅ Valid\n\n| a |\n| --- |' }),
      step('deploy', { chart: 'shop', said: 'deployed, revision 3', milliseconds: 65_000, summary: '### ✅ Deployed' }),
      step('notify', { state: 'skipped', said: 'nobody | to tell' }),
    ];
    expect(text(steps)).toBe(`### ✅ Deployed

Because.

| Step | Result | Time |
| --- | --- | --- |
| validate | ✅ 0 errors | 3.2 s |
| deploy shop | ✅ deployed, revision 3 | 1 m 5 s |
| notify | ⏭️ skipped: nobody \\| to tell |  |

<details>
<summary>✅ deploy shop</summary>

### ✅ Deployed

</details>

<details>
<summary>✅ validate</summary>

### ✅ Valid

| a |
| --- |

</details>`);
  });

  it('opens what failed and puts it first; a long reason is told in full', () => {
    const long = `it failed: ${'because '.repeat(60)}<b>`;
    const summary = text([
      step('validate', { summary: 'fine' }),
      step('deploy', { state: 'failed', said: long, summary: 'the evidence' }),
    ]);
    expect(summary).toContain('**deploy**: it failed: because');
    expect(summary).toContain('&lt;b&gt;');
    expect(summary.indexOf('<details open>\n<summary>❌ deploy</summary>')).toBeGreaterThan(0);
    expect(summary.indexOf('❌ deploy</summary>')).toBeLessThan(summary.indexOf('✅ validate</summary>'));
  });

  it('is never longer than it may be, and what is cut is closed', () => {
    const line = fc.constantFrom(
      'text 😀',
      '```diff',
      '```',
      '````',
      '+ added',
      '<details>',
      '</details>',
      '| a | b |',
    );
    const summaries = fc.array(fc.array(line, { maxLength: 400 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(summaries, fc.integer({ min: 2000, max: 20_000 }), (all, bytes) => {
        const steps = all.map((lines, index) => step(`step-${index}`, { said: 'x', summary: lines.join('\n') }));
        const summary = text(steps, bytes);
        expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(bytes);
        expect(summary.startsWith('### ✅ Deployed\n\nBecause.')).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('closes the fence and the fold in which it cuts', () => {
    const diff = `<details>\n<summary>Diff</summary>\n\n\`\`\`diff\n${'+ a line of the diff\n'.repeat(2000)}\`\`\`\n\n</details>`;
    const summary = text([step('plan', { summary: diff }), step('validate', { summary: 'all is well' })], 6000);
    expect(summary.match(/^```/gm)).toHaveLength(2);
    expect(summary.match(/^<details/gm)?.length).toBe(summary.match(/^<\/details>/gm)?.length);
    expect(summary).toContain('_The rest was cut');
    expect(summary).toContain('all is well');
  });
});

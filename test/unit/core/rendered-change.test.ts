import { describe, expect, it } from '@jest/globals';
import {
  renderedLines,
  renderedWarnings,
  renderRenderedChange,
  type RenderedChange,
} from '../../../src/core/rendered-change.js';

const NOTHING: RenderedChange = { charts: [], images: [], unused: [], diff: '', notes: [] };
const API = {
  chart: 'shop',
  workload: 'Deployment/shop',
  container: 'api',
  from: 'ghcr.io/acme/api:1.0.0',
  to: 'ghcr.io/acme/api:1.1.0',
};

describe('what a rendered change says', () => {
  it('is nothing when there is nothing to say', () => {
    expect([renderRenderedChange(NOTHING), renderedLines(NOTHING), renderedWarnings(NOTHING)]).toEqual(['', [], []]);
  });

  it('is a table of images and the diff folded away', () => {
    const change = { ...NOTHING, charts: ['shop'], images: [API], diff: '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n' };
    expect(renderRenderedChange(change)).toBe(`**Rendered images**

| rendered workload | container | old image | new image |
| --- | --- | --- | --- |
| \`Deployment/shop\` | \`api\` | \`ghcr.io/acme/api:1.0.0\` | \`ghcr.io/acme/api:1.1.0\` |

<details>
<summary>Rendered diff</summary>

\`\`\`diff
--- a/x
+++ b/x
@@ -1 +1 @@
-a
+b
\`\`\`

</details>`);
    expect(renderedLines(change)).toEqual(['Deployment/shop  api  ghcr.io/acme/api:1.0.0 → ghcr.io/acme/api:1.1.0']);
  });

  it('tells which chart it is of when there are several, and what was not there', () => {
    const images = [
      { ...API, from: '' },
      { ...API, chart: 'all_in|one', to: '' },
    ];
    const change = { ...NOTHING, charts: ['shop', 'all_in|one'], images };
    const markdown = renderRenderedChange(change);
    expect(markdown).toContain('| chart | rendered workload |');
    expect(markdown).toContain('| all\\_in\\|one | `Deployment/shop` | `api` | `ghcr.io/acme/api:1.0.0` | `(none)` |');
    expect(renderedLines(change)).toEqual([
      'shop: Deployment/shop  api  (none) → ghcr.io/acme/api:1.1.0',
      'all_in|one: Deployment/shop  api  ghcr.io/acme/api:1.0.0 → (none)',
    ]);
  });

  it('warns of images that nothing shows, and says what was not rendered', () => {
    const change = { ...NOTHING, charts: ['shop'], unused: ['ghcr.io/acme/api:1.1.0'], notes: ['x is *not* rendered'] };
    expect(renderedWarnings(change)).toEqual([
      'The values changed, but no rendered manifest uses ghcr.io/acme/api:1.1.0.',
    ]);
    expect(renderedLines(change)).toEqual(['No image of a rendered manifest changes.', 'x is *not* rendered']);
    expect(renderRenderedChange(change)).toBe(
      '> ⚠️ The values changed, but no rendered manifest uses ghcr.io/acme/api:1.1.0.\n\n- x is \\*not\\* rendered',
    );
  });

  it('cuts a long diff between lines', () => {
    const diff = '+ä line of the diff\n'.repeat(100);
    const markdown = renderRenderedChange({ ...NOTHING, charts: ['shop'], diff }, 500);
    expect(markdown).toContain('+ä line of the diff\n\n… cut\n```');
    expect(Buffer.byteLength(markdown)).toBeLessThan(600);
  });
});

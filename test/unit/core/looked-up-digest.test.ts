import { describe, expect, it } from '@jest/globals';
import { planBump } from '../../../src/core/bump-plan.js';
import { withFiles } from '../../../src/core/bump-sources.js';
import { commitMessage, trailersOf } from '../../../src/core/commit-message.js';
import type { ImageReference } from '../../../src/core/image-reference.js';
import { chartYaml, RULES } from '../../support/bump.js';

const [OLD, NEW] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`];
const NAME = 'ghcr.io/acme/api';
const IMAGE: ImageReference = { name: NAME, tag: '1.1.0', digest: NEW, lookedUp: true };

/** The plan for one values file. */
function planFor(values: string, image = IMAGE, chart = '') {
  const files = new Map([
    ['charts/shop/Chart.yaml', chartYaml('shop', '1.0.0', chart)],
    ['charts/shop/values.yaml', values],
  ]);
  const request = {
    images: [image],
    targets: [],
    rules: RULES,
    scopes: [{ ...RULES, folder: 'charts/shop' }],
    appVersion: 'auto' as const,
    allowDowngrade: false,
  };
  const entries = [...files.keys()].map((path) => ({ path, mode: '100644' }));
  return withFiles(planBump(request, entries), () => Promise.resolve(files));
}

describe('a digest that was looked up', () => {
  it.each([
    ['a tag alone', `{repository: ${NAME}, tag: 1.0.0}`, `{repository: ${NAME}, tag: 1.1.0}`],
    ['a text without one', `${NAME}:1.0.0`, `${NAME}:1.1.0`],
    ['a text with one', `${NAME}:1.0.0@${OLD}`, `${NAME}:1.1.0@${NEW}`],
    [
      'a key beside the tag',
      `{repository: ${NAME}, tag: 1.0.0, digest: ${OLD}}`,
      `{repository: ${NAME}, tag: 1.1.0, digest: "${NEW}"}`,
    ],
    [
      'an empty key beside the tag',
      `{repository: ${NAME}, tag: 1.0.0, digest: ""}`,
      `{repository: ${NAME}, tag: 1.1.0, digest: "${NEW}"}`,
    ],
    [
      'a key in bare digits',
      `{repository: ${NAME}, tag: 1.0.0, sha256: ${OLD.slice(7)}}`,
      `{repository: ${NAME}, tag: 1.1.0, sha256: ${NEW.slice(7)}}`,
    ],
    ['a tag that pins it', `{repository: ${NAME}, tag: 1.0.0@${OLD}}`, `{repository: ${NAME}, tag: "1.1.0@${NEW}"}`],
    ['a key alone', `{repository: ${NAME}, digest: ${OLD}}`, `{repository: ${NAME}, digest: "${NEW}"}`],
  ])('in %s', async (_, before, after) => {
    const plan = await planFor(`image: ${before}\n`);
    expect(plan.files.find(({ path }) => path.endsWith('values.yaml'))?.after).toBe(`image: ${after}\n`);
  });

  it('is written to a text that has none only when it was given', async () => {
    const { name, tag = '' } = IMAGE;
    const plan = await planFor(`image: ${NAME}:1.0.0\n`, { name, tag, digest: NEW });
    expect(plan.changes).toMatchObject([{ to: `${NAME}:1.1.0@${NEW}` }]);
  });

  it('is written to a list of images only where one stands', async () => {
    const list = `annotations:\n  artifacthub.io/images: |\n    - image: ${NAME}:1.0.0\n    - image: ${NAME}:0.9.0@${OLD}\n`;
    const plan = await planFor(`image: ${NAME}:1.0.0\n`, IMAGE, list);
    expect(plan.followed.map(({ to }) => to)).toEqual([`${NAME}:1.1.0`, `${NAME}:1.1.0@${NEW}`]);
  });

  it('is recorded with the commit in any case', async () => {
    const plan = await planFor(`image: ${NAME}:1.0.0\n`);
    const origin = {
      repository: '',
      commit: '',
      run: '',
      runNumber: '',
      workflow: '',
      environment: '',
      branch: '',
      id: 'id',
    };
    const message = commitMessage(plan, origin, '');
    expect([trailersOf(message, 'Image'), trailersOf(message, 'Image-Digest')]).toEqual([[`${NAME}:1.1.0`], [NEW]]);
  });

  it('is a change of its own when the tag stays', async () => {
    const same = { ...IMAGE, tag: '1.0.0' };
    expect((await planFor(`image: {repository: ${NAME}, tag: 1.0.0}\n`, same)).files).toEqual([]);
    const plan = await planFor(`image: {repository: ${NAME}, tag: 1.0.0, digest: ${OLD}}\n`, same);
    expect(plan.changes).toMatchObject([{ part: 'digest', to: NEW }]);
  });
});

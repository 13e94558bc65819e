import { describe, expect, it } from '@jest/globals';
import { chartYaml, planFor } from '../../support/bump.js';
import {
  describesCommit,
  gitRevision,
  pullRequestBody,
  pullRequestTitle,
  type PullRequestText,
} from '../../../src/core/pull-request-body.js';

const COMMIT = 'c'.repeat(40);
const DIGEST = `sha256:${'b'.repeat(64)}`;
const FILES = {
  'charts/shop/Chart.yaml': chartYaml('shop'),
  'charts/shop/values.yaml':
    'api:\n  image:\n    repository: ghcr.io/acme/api\n    tag: 1.0.0\nweb:\n  image:\n    repository: ghcr.io/acme/web\n    tag: main-1a2b3c4\n',
};
const ORIGIN = {
  repository: 'acme/api',
  commit: 'abcdef1234567',
  workflow: '',
  runNumber: '7',
  run: 'https://github.com/acme/api/actions/runs/7',
};

async function text(more: Partial<PullRequestText> = {}): Promise<PullRequestText> {
  return {
    commit: COMMIT,
    plan: await planFor(FILES, { images: [`ghcr.io/acme/api:1.1.0@${DIGEST}`, 'ghcr.io/acme/web:main-5d6e7f8'] }),
    originOf: (reference) => (reference.includes('/api') ? ORIGIN : undefined),
    serverUrl: 'https://github.com',
    environment: 'develop',
    runUrl: 'https://github.com/acme/api/actions/runs/7',
    renderedDiff: '',
    notes: [],
    ...more,
  };
}

describe('the body of a pull request', () => {
  it('has each image from old to new with links, versions, and places', async () => {
    const body = pullRequestBody(await text({ notes: ['a *note* for @mona'] }));
    expect(body).toContain(
      '| `ghcr.io/acme/api` | `1.0.0` | `1.1.0` | [changes](https://github.com/acme/api/compare/1.0.0...1.1.0) · [build](https://github.com/acme/api/actions/runs/7) |',
    );
    expect(body).toContain('| `ghcr.io/acme/web` | `main-1a2b3c4` | `main-5d6e7f8` |  |');
    expect(body).toContain('| shop | `1.0.0` | `1.1.0` |');
    expect(body).toContain('| `charts/shop/values.yaml:4` | `/api/image/tag` | `1.0.0` | `1.1.0` |');
    expect(body).toContain('| `charts/shop/Chart.yaml:3` | `/version` | `1.0.0` | `1.1.0` |');
    expect(body).toContain(`ghcr.io/acme/api ${DIGEST}`);
    expect(body).toContain('- a \\*note\\* for @\u200bmona');
    expect(body).toContain(
      'Written by [this run](https://github.com/acme/api/actions/runs/7) for the environment `develop`.',
    );
    expect([describesCommit(body, COMMIT), describesCommit(body, 'd'.repeat(40))]).toEqual([true, false]);
  });

  it('ends with the rendered diff, cut between lines where GitHub would refuse it', async () => {
    const short = pullRequestBody(await text({ renderedDiff: '--- a\n+++ b\n-```\n+x\n' }));
    expect(short).toMatch(
      /<summary>Rendered manifests<\/summary>\n\n````diff\n--- a\n\+\+\+ b\n-```\n\+x\n````\n\n<\/details>$/,
    );
    const line = `+${'x'.repeat(98)}\n`;
    const long = pullRequestBody(await text({ renderedDiff: line.repeat(2000) }));
    expect(long.length).toBeLessThanOrEqual(65_536);
    expect(long.length).toBeGreaterThan(65_000);
    expect(long).toMatch(
      /\n\+x{98}\n```\n\n_The diff is longer than a pull request can hold; the rest is in the job summary of the run\._\n\n<\/details>$/,
    );
  });

  it('is never too long, however many images there are', async () => {
    const names = Array.from({ length: 700 }, (_, index) => `service-with-a-long-name-${index}`);
    const values = names.map((name) => `${name}:\n  image:\n    repository: ghcr.io/acme/${name}\n    tag: 1.0.0\n`);
    const files = { ...FILES, 'charts/shop/values.yaml': values.join('') };
    const plan = await planFor(files, { images: names.map((name) => `ghcr.io/acme/${name}:1.1.0`) });
    const body = pullRequestBody(await text({ plan, originOf: () => ORIGIN, renderedDiff: '+x\n' }));
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body).toContain('service-with-a-long-name-200');
    expect(describesCommit(body, COMMIT)).toBe(true);
  });

  it.each([
    ['1.2.3', '1.2.3'],
    ['v1.2', 'v1.2'],
    ['1.2.3-rc.1', '1.2.3-rc.1'],
    ['main-1a2b3c4', '1a2b3c4'],
    ['sha-1A2b3c4', undefined],
    ['1a2b3c4d5e6f', '1a2b3c4d5e6f'],
    ['main-20261123', undefined],
    ['deadbeef', undefined],
    ['latest', undefined],
    ['', undefined],
  ])('compares what the tag %j means: %j', (tag, expected) => {
    expect(gitRevision(tag)).toBe(expected);
  });

  it('compares with the build’s commit where the tag says nothing', async () => {
    const plan = await planFor(FILES, { images: ['ghcr.io/acme/api:next'] });
    const body = pullRequestBody(await text({ plan }));
    expect(body).toContain('https://github.com/acme/api/compare/1.0.0...abcdef1234567');
    expect(pullRequestBody(await text({ plan, serverUrl: '' }))).not.toContain('compare');
  });
});

describe('the title of a pull request', () => {
  it('is the commit’s first line, not longer than GitHub takes', () => {
    expect(pullRequestTitle('chore: bump\n\nbody')).toBe('chore: bump');
    expect(pullRequestTitle('x'.repeat(300))).toBe(`${'x'.repeat(255)}…`);
  });
});

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseChartLock, parseChartMetadata, parseRequirements } from '../../../src/core/chart-metadata.js';
import { lockDigest, lockMatches } from '../../../src/core/dependency-lock.js';
import { projectRoot } from '../../support/services.js';

describe('the digest of Chart.lock', () => {
  it('is the one helm wrote for the example chart', async () => {
    const folder = path.join(projectRoot, 'examples/shop/charts/shop');
    const chart = parseChartMetadata(await readFile(path.join(folder, 'Chart.yaml'), 'utf8'), 'Chart.yaml');
    const lock = parseChartLock(await readFile(path.join(folder, 'Chart.lock'), 'utf8'), 'Chart.lock');
    expect(lockDigest(chart.dependencies ?? [], lock.dependencies)).toBe(lock.digest);
    expect(lockMatches(chart.dependencies ?? [], lock)).toBe(true);
  });

  it('is the one helm writes when constraints, aliases, tags and import-values are there', () => {
    const required = parseRequirements(
      `dependencies:
- name: common
  version: ">= 0.1.0 < 1.0.0"
  repository: file://../common
  condition: common.enabled
  tags: [a, b]
  import-values: [data, {parent: x, child: y}]
  alias: shared
`,
      'Chart.yaml',
    );
    const lock = parseChartLock(LOCK_BY_HELM, 'Chart.lock');
    expect(lockDigest(required, lock.dependencies)).toBe(lock.digest);
  });

  it('no longer matches when Chart.yaml asks for something else', () => {
    const lock = parseChartLock(LOCK_BY_HELM, 'Chart.lock');
    const changed = parseRequirements(
      'dependencies:\n- {name: common, version: 0.2.0, repository: file://../common}\n',
      'x',
    );
    expect(lockMatches(changed, lock)).toBe(false);
  });

  it('matches a repository alias through the URL in the lock', () => {
    const url = [{ name: 'a', version: '1.0.0', repository: 'https://charts.example.com' }];
    const lock = { digest: lockDigest(url, url), dependencies: url };
    expect(lockMatches([{ name: 'a', version: '1.0.0', repository: '@example' }], lock)).toBe(true);
    expect(lockMatches([{ name: 'a', version: '1.0.1', repository: '@example' }], lock)).toBe(false);
  });
});

/** Written by helm 4 for the chart above. */
const LOCK_BY_HELM = `dependencies:
- name: common
  repository: file://../common
  version: 0.1.0
digest: sha256:2a55a5d1c7b473a91afedd76e70e9712f92e3ca4f920c757dc7ce82e8d1959b0
generated: "2026-11-23T05:14:56.796785421Z"
`;

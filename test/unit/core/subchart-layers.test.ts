import { describe, expect, it } from '@jest/globals';
import { BumpSources } from '../../../src/core/bump-sources.js';
import { localDependencies } from '../../../src/core/subchart-layers.js';

/** The folders that a chart in `shop` depends on, as its Chart.yaml says; `api` is beside it, `web` in its charts/ folder. */
function dependencies(chart: string): readonly string[] {
  const texts = {
    'shop/Chart.yaml': chart,
    'api/Chart.yaml': 'name: api\n',
    'shop/charts/web/Chart.yaml': 'name: web\n',
  };
  const sources = new BumpSources(Object.keys(texts).map((path) => ({ path, mode: '100644' })));
  const loading = sources.load(Object.keys(texts), 'test');
  loading.next();
  loading.next(new Map(Object.entries(texts)));
  return localDependencies('shop', sources, ['shop', 'api', 'shop/charts/web']).map(
    ({ folder, key }) => `${key} ${folder}`,
  );
}

const LISTED = '[{ name: api, repository: "file://../api" }]';

describe('local dependencies', () => {
  it.each([
    ['plain', `name: shop\ndependencies: ${LISTED}\n`],
    ['quoted', `name: shop\n'dependencies': ${LISTED}\n`],
    ['in letters that are escaped', `name: shop\n"\\x64ependencies": ${LISTED}\n`],
    ['as an explicit key', `name: shop\n? dependencies\n: ${LISTED}\n`],
  ])('are found when the key is written %s', (_, chart) => {
    expect(dependencies(chart)).toEqual(['api api', 'web shop/charts/web']);
  });

  it('are those in charts/ when none is listed', () => {
    expect(dependencies('name: shop\n')).toEqual(['web shop/charts/web']);
    expect(dependencies('name: shop\ndescription: has no dependencies\n')).toEqual(['web shop/charts/web']);
  });
});

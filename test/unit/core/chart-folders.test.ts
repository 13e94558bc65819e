import { describe, expect, it } from '@jest/globals';
import { chartFolders, chartOf, inFolder, joinPath, repositoryPath } from '../../../src/core/chart-folders.js';

describe('paths in a repository', () => {
  it.each([
    [['a/b', '../c'], 'a/c'],
    [['', './a//b/'], 'a/b'],
    [['a', '..', '..'], undefined],
    [['a', '..'], ''],
  ])('%j is %s', (parts, expected) => {
    expect(joinPath(...parts)).toBe(expected);
  });

  it('takes only what is inside', () => {
    expect(repositoryPath('../x/values.yaml', 'charts/shop', 'x')).toBe('charts/x/values.yaml');
    for (const text of ['/etc/passwd', '../../../x', 'a\\b', 'C:/x', '..']) {
      expect(() => repositoryPath(text, 'charts', 'Input "targets"')).toThrow(
        `Input "targets" is no path inside the repository: "${text}"`,
      );
    }
  });

  it('finds charts, and the one a file belongs to', () => {
    const paths = [
      'Chart.yaml',
      'charts/a/Chart.yaml',
      'charts/a/charts/b/Chart.yaml',
      'x/templates/Chart.yaml',
      'NotChart.yaml',
    ];
    const folders = chartFolders(paths);
    expect(folders).toEqual(['', 'charts/a', 'charts/a/charts/b']);
    expect(chartOf('charts/a/values.yaml', folders)).toBe('charts/a');
    expect(chartOf('charts/a/charts/b/x', folders)).toBe('charts/a/charts/b');
    expect(chartOf('charts/ab/x', folders)).toBe('');
    expect(chartOf('x', ['charts/a'])).toBeUndefined();
    expect(inFolder('', 'x')).toBe('x');
  });
});

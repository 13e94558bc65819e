import { describe, expect, it, jest } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { textOf } from '../../src/charts/chart-files.js';
import { readChartContents } from '../../src/validation/chart-contents.js';
import { checkParity } from '../../src/validation/parity/check-parity.js';
import { KnownValues, valuesIn } from '../../src/validation/parity/known-values.js';
import { comparable, formatValuePath, valuePaths } from '../../src/core/values-parity.js';
import { cellsOf } from '../support/parity.js';
import { projectRoot } from '../support/services.js';

jest.setTimeout(120_000);

/** Published charts, kept beside the project where there are any. */
const corpus = path.join(projectRoot, '../shared/corpus');

function charts(): readonly string[] {
  if (!existsSync(corpus)) return [];
  return readdirSync(corpus, { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === 'Chart.yaml')
    .map((file) => path.join(corpus, path.dirname(file)));
}

function ciFiles(chart: string): readonly string[] {
  const folder = path.join(chart, 'ci');
  return existsSync(folder) ? readdirSync(folder).map((file) => `ci/${file}`) : [];
}

describe('the values that charts are tested with', () => {
  it('are all known', async () => {
    const unknown: string[] = [];
    const missing: string[] = [];
    let keys = 0;
    for (const chart of charts()) {
      const environments = Object.fromEntries(ciFiles(chart).map((file) => [file, [file]]));
      const { findings } = await checkParity(cellsOf(chart, environments), await readChartContents(chart), '.', {
        level: 'error',
        ignore: [],
      });
      for (const file of Object.keys(environments)) {
        keys += valuePaths(valuesIn(readFileSync(path.join(chart, file), 'utf8'))).length;
      }
      for (const finding of findings) {
        (finding.rule === 'unknown-value' ? unknown : missing).push(`${path.basename(chart)}: ${finding.message}`);
      }
    }
    expect(unknown).toEqual([]);
    // Two of the many files give alertmanager routes of their own.
    expect(missing.filter((message) => !/^alertmanager: value route\.https? /.test(message))).toEqual([]);
    expect(keys).toBeGreaterThanOrEqual(charts().length * 10);
  });

  it('are known from templates alone, but for those that none reads', async () => {
    const unknown: string[] = [];
    for (const chart of charts()) {
      const { files } = await readChartContents(chart);
      const defaults = files.find((file) => file.path === 'values.yaml');
      const bare = files.filter((file) => !/^values(?:\.schema)?\.(?:yaml|json)$/.test(file.path));
      const known = new KnownValues({ files: bare });
      for (const where of valuePaths(comparable(valuesIn(defaults === undefined ? '' : textOf(defaults))))) {
        if (!known.isKnown(where)) unknown.push(`${path.basename(chart)}: ${formatValuePath(where)}`);
      }
    }
    const unread = [
      'kube-state-metrics: prometheus.monitor.namespace',
      // Its template reads PullPolicy.
      'prometheus-mysql-exporter: cloudsqlproxy.image.pullPolicy',
    ];
    expect(unknown.filter((value) => !unread.includes(value))).toEqual([]);
  });

  it('are not known any more with a typing error in them, but where keys are free', async () => {
    const missed: string[] = [];
    let all = 0;
    for (const chart of charts()) {
      const contents = await readChartContents(chart);
      const known = new KnownValues(contents);
      const defaults = contents.files.find((file) => file.path === 'values.yaml');
      for (const where of valuePaths(comparable(valuesIn(defaults === undefined ? '' : textOf(defaults))))) {
        const key = where.at(-1) ?? '';
        if (key.startsWith('[')) continue;
        const wrong = [...where.slice(0, -1), `${key.slice(0, -1)}x${key.slice(-1)}`];
        all += 1;
        if (known.suggestionFor(wrong) !== formatValuePath(where)) missed.push(formatValuePath(where));
        else if (known.isKnown(wrong) && !known.uses.isWithinWhole(wrong) && where[0] !== 'global')
          missed.push(formatValuePath(where));
      }
    }
    expect(missed).toEqual([]);
    expect(all).toBeGreaterThanOrEqual(charts().length * 50);
  });
});

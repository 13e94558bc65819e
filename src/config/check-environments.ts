/** What holds between environments, which no schema can say. */
import { didYouMean } from '../core/suggest.js';
import type { ConfigFile } from './config-file.js';

interface Fed {
  readonly branch?: string;
  readonly 'promote-from'?: string;
}

type Environments = Readonly<Record<string, Fed>>;

function checkSource(file: ConfigFile, name: string, { branch, 'promote-from': from }: Fed): void {
  if (branch !== undefined && from !== undefined) {
    file.fail(
      ['environments', name, 'promote-from'],
      `environment ${name} has both branch and promote-from`,
      'Keep one: it is fed by pushes or by promotion.',
    );
  }
  if (branch === undefined && from === undefined) {
    file.fail(['environments', name], `environment ${name} has neither branch nor promote-from`, 'Say what feeds it.');
  }
}

function checkPromotion(file: ConfigFile, name: string, environments: Environments): void {
  const from = environments[name]?.['promote-from'];
  const names = Object.keys(environments);
  const pointer = ['environments', name, 'promote-from'];
  if (from !== undefined && !names.includes(from)) {
    file.fail(
      pointer,
      `environment ${name} is promoted from the unknown environment "${from}"${didYouMean(from, names)}`,
    );
  }
  const seen = [name];
  for (let next = from; next !== undefined; next = environments[next]?.['promote-from']) {
    // A circle that others make is told of at theirs.
    if (next === name) file.fail(pointer, `promotion goes in a circle: ${[...seen, next].join(' ← ')}`);
    if (seen.includes(next)) return;
    seen.push(next);
  }
}

/** @throws HelmCdError `config` for the first problem, unless the file collects them. */
export function checkEnvironments(file: ConfigFile, environments: Environments): void {
  const branches = new Map<string, string>();
  for (const [name, environment] of Object.entries(environments)) {
    const { branch } = environment;
    file.attempt(() => checkSource(file, name, environment), undefined);
    if (branch !== undefined) {
      const other = branches.get(branch);
      if (other !== undefined) {
        const message = `environments ${other} and ${name} have the same branch "${branch}"`;
        file.attempt(() => file.fail(['environments', name, 'branch'], message), undefined);
      }
      branches.set(branch, name);
    }
    file.attempt(() => checkPromotion(file, name, environments), undefined);
  }
}

/** An override for one chart must not feed the environment in a second way. */
export function checkOverride(file: ConfigFile, chart: string, name: string, override: Fed, base: Fed): void {
  const merged = { ...base, ...override };
  if (merged.branch === undefined || merged['promote-from'] === undefined) return;
  const key = override.branch === undefined ? 'promote-from' : 'branch';
  file.fail(
    ['charts', chart, 'environments', name, key],
    `for chart ${chart}, environment ${name} has both branch and promote-from`,
    'Keep one: it is fed by pushes or by promotion.',
  );
}

import { describe, expect, it } from '@jest/globals';
import {
  dryRunArgs,
  helmMessage,
  rollbackArgs,
  testArgs,
  uninstallArgs,
  upgradeArgs,
  type UpgradeOptions,
} from '../../../src/helm/lifecycle.js';

const target = { release: 'app', namespace: 'shop' };
const upgrade: UpgradeOptions = {
  ...target,
  chart: '/tmp/app-1.0.0.tgz',
  valuesFiles: ['/a.yaml', '/with,comma.yaml'],
  setArgs: ['--set', 'a=1'],
  setFiles: ['b=/file'],
  timeoutMs: 90_500,
  historyMax: 10,
  description: 'why, and "how"',
  labels: { 'helm-cd/outcome': '2.pending', 'helm-cd/commit': 'null' },
  forceConflicts: true,
};

describe('upgradeArgs', () => {
  const four = upgradeArgs({ major: 4 }, upgrade);

  it('say all that is asked for', () => {
    expect(four.join(' ')).toBe(
      'upgrade app /tmp/app-1.0.0.tgz --install --namespace shop --reset-values --values /a.yaml --values "/with,comma.yaml" --set a=1 --set-file b=/file --timeout 91s --history-max 10 --description why, and "how" --labels helm-cd/outcome=2.pending,helm-cd/commit=null --force-conflicts --hide-notes',
    );
  });

  it('are understood by helm 3', () => {
    expect(upgradeArgs({ major: 3 }, upgrade)).toEqual(four.filter((arg) => arg !== '--force-conflicts'));
  });

  it.each([3, 4])('never let helm %s roll back or wait by itself', (major) => {
    expect(upgradeArgs({ major }, upgrade).join(' ')).not.toMatch(/--(atomic|rollback-on-failure|wait)/);
  });
});

describe('dryRunArgs', () => {
  it('render what the upgrade will apply', () => {
    const args = dryRunArgs(upgrade);
    const sources = upgradeArgs({ major: 4 }, upgrade).slice(0, 15);
    expect(args.slice(0, 15)).toEqual(sources);
    expect(args.slice(15)).toEqual(['--dry-run=server', '--output', 'json']);
  });
});

describe('rollbackArgs', () => {
  const options = {
    ...target,
    revision: 3,
    timeoutMs: 1,
    historyMax: 5,
    description: 'x'.repeat(300),
    noHooks: false,
    forceConflicts: false,
  };

  it('say why in the words that helm 4 has room for', () => {
    const args = rollbackArgs({ major: 4 }, options);
    expect(args[args.indexOf('--description') + 1]).toHaveLength(256);
    expect(args).toContain('1s');
    expect(args).not.toContain('--no-hooks');
  });

  it('are understood by helm 3, which cannot say why', () => {
    expect(rollbackArgs({ major: 3 }, { ...options, noHooks: true })).toEqual(
      'rollback app 3 --namespace shop --timeout 1s --history-max 5 --no-hooks'.split(' '),
    );
  });
});

describe('other commands', () => {
  it('uninstall and wait', () => {
    expect(uninstallArgs({ ...target, timeoutMs: 30_000, noHooks: true }).join(' ')).toBe(
      'uninstall app --namespace shop --wait --ignore-not-found --timeout 30s --no-hooks',
    );
  });

  it('test', () => {
    expect(testArgs({ ...target, timeoutMs: 30_000 }).join(' ')).toBe('test app --namespace shop --timeout 30s');
  });
});

describe('helmMessage', () => {
  it("is helm's message without prefixes, warnings and log lines", () => {
    const text =
      'WARNING: Kubernetes configuration file is group-readable\nlevel=WARN msg=x\nError: UPGRADE FAILED: boom\n';
    expect(helmMessage(text)).toBe('UPGRADE FAILED: boom');
  });
});

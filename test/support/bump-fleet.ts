import { expect } from '@jest/globals';
import { trailersOf, TRAILER } from '../../src/core/commit-message.js';

/** One service of many that share a repository of charts. */
export interface Service {
  readonly name: string;
  /** The folder's and the chart's name: `charts/NAME`. */
  readonly chart: string;
  readonly image: string;
}

export interface Fleet {
  readonly services: readonly Service[];
  readonly files: Readonly<Record<string, string>>;
}

const FROM = '1.0.0';
export const TO = '1.0.1';

/** Eight share the chart `shop`, six `jobs`, each other one has a chart of its own. */
function chartOf(index: number): string {
  if (index < 8) return 'shop';
  return index < 14 ? 'jobs' : `single-${index}`;
}

/** A repository of charts with so many services, each with an image of its own, and files as people write them. */
export function fleetOf(count: number): Fleet {
  const services = Array.from({ length: count }, (_, index): Service => {
    const name = `service-${index}`;
    return { name, chart: chartOf(index), image: `ghcr.io/acme/${name}` };
  });
  const files: Record<string, string> = {};
  for (const { name, chart, image } of services) {
    files[`charts/${chart}/Chart.yaml`] =
      `apiVersion: v2\r\nname: ${chart}\r\nversion: 1.0.0 # größer mit jedem Mal\r\n`;
    files[`charts/${chart}/values.yaml`] =
      `${files[`charts/${chart}/values.yaml`] ?? '# Ein Eintrag je Dienst 🚀\r\n'}\r\n` +
      `${name}:\r\n    image: {repository: ${image}, tag: '${FROM}'}   # of ${name}\r\n    extra:   [ a,b ]\r\n`;
  }
  return { services, files };
}

type Git = (...args: readonly string[]) => string;

/** The texts of all files below charts/ at a commit. */
function textsAt(git: Git, oid: string): Map<string, { readonly blob: string; readonly text: string }> {
  const listed = git('ls-tree', '-r', oid, 'charts/').trim().split('\n');
  return new Map(
    listed.map((line) => {
      const [, blob = '', path = ''] = /^\d+ blob ([0-9a-f]+)\t(.*)$/.exec(line) ?? [];
      return [path, { blob, text: git('cat-file', 'blob', blob) }];
    }),
  );
}

/**
 * What must be true of a branch whatever raced to it: its history is one line; every bump of the given services is in it,
 * once; a bump's commit changes its service's tag and its chart's version and no other byte; no two commits hold one
 * version of a chart with different files.
 */
export function expectSoundHistory(git: Git, bumped: readonly Service[], branch = 'main'): void {
  git('fsck', '--strict', '--no-progress');
  expect(git('rev-list', '--merges', branch)).toBe('');
  const oids = git('rev-list', '--reverse', branch).trim().split('\n');
  const seen: string[] = [];
  const trees = new Map<string, string>();
  let before = textsAt(git, oids[0] ?? '');
  oids.forEach((oid, index) => {
    const now = textsAt(git, oid);
    for (const [path, { text }] of now) {
      const chart = /^charts\/(.+)\/Chart\.yaml$/.exec(path)?.[1];
      if (chart === undefined) continue;
      const version = `${chart} ${/^version: (\S+)/m.exec(text)?.[1] ?? ''}`;
      const files = [...now].filter(([file]) => file.startsWith(`charts/${chart}/`));
      const tree = files.map(([file, { blob }]) => `${file} ${blob}`).join('\n');
      expect([version, trees.get(version) ?? tree]).toEqual([version, tree]);
      trees.set(version, tree);
    }
    const message = git('log', '-1', '--format=%B', oid);
    const [image] = trailersOf(message, TRAILER.image);
    const service = bumped.find((one) => image === `${one.image}:${TO}`);
    if (index > 0 && image !== undefined) {
      expect([oid, service?.image]).toEqual([oid, image.replace(`:${TO}`, '')]);
      seen.push(service?.name ?? '');
      expect(new Map([...now].map(([path, { text }]) => [path, text]))).toEqual(
        afterBump(new Map([...before].map(([path, { text }]) => [path, text])), service, message),
      );
    }
    before = now;
  });
  expect(seen.sort()).toEqual(bumped.map(({ name }) => name).sort());
}

/** The files as the one service's bump alone would leave them. */
function afterBump(files: Map<string, string>, service: Service | undefined, message: string): Map<string, string> {
  const { name, chart } = service ?? { name: '', chart: '' };
  const [, version = ''] = (trailersOf(message, TRAILER.chartVersion)[0] ?? '').split(' ');
  const edit = (path: string, from: string, to: string): void => {
    const text = files.get(path) ?? '';
    expect(text.split(from)).toHaveLength(2);
    files.set(path, text.replace(from, to));
  };
  edit(`charts/${chart}/values.yaml`, `tag: '${FROM}'}   # of ${name}\r`, `tag: '${TO}'}   # of ${name}\r`);
  const old = /^version: (\S+)/m.exec(files.get(`charts/${chart}/Chart.yaml`) ?? '')?.[1] ?? '';
  edit(`charts/${chart}/Chart.yaml`, `version: ${old} `, `version: ${version} `);
  const patch = (text: string): number => Number(text.split('.')[2]);
  expect(patch(version)).toBe(patch(old) + 1);
  return files;
}

import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { HelmCdError } from '../../../src/core/errors.js';
import type { KubernetesObject } from '../../../src/core/kubernetes-object.js';
import { changeRecord, readRecord, readRendered } from '../../../src/helm/release-record.js';

type Secret = KubernetesObject & { readonly data: { readonly release: string } };

/** As helm writes it: fields in this order, numbers that JavaScript would not keep. */
const JSON_TEXT = `{"name":"app","info":{"first_deployed":"2026-01-01T00:00:00.123456789Z","last_deployed":"2026-01-02T00:00:00Z","deleted":"","description":"Upgrade \\"complete\\"","status":"pending-upgrade","rollback_revision":3,"notes":"\\"description\\":\\"no\\""},"chart":{"metadata":{"name":"app","version":"1.2.3","appVersion":"9"},"values":{"big":12345678901234567890}},"config":{"a":{"description":"mine"}},"manifest":"kind: A\\n","hooks":[{"name":"t","kind":"Pod","path":"x.yaml","manifest":"kind: Pod","events":["test"],"weight":2,"last_run":{"started_at":"2026-01-02T00:00:01Z","completed_at":"2026-01-02T00:00:02Z","phase":"Failed"}},{"name":"bare"}],"version":4,"namespace":"shop"}`;

function secretOf(json: string, compress = true): Secret {
  const bytes = compress ? gzipSync(json) : Buffer.from(json);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'sh.helm.release.v1.app.v4',
      resourceVersion: '77',
      labels: { name: 'app', owner: 'helm', status: 'pending-upgrade', version: '4', modifiedAt: '1', team: 'shop' },
    },
    data: { release: Buffer.from(bytes.toString('base64')).toString('base64') },
  };
}

const textOf = (secret: KubernetesObject) =>
  gunzipSync(Buffer.from(Buffer.from((secret as Secret).data.release, 'base64').toString(), 'base64')).toString();

describe('readRecord', () => {
  it('reads what both helms write', () => {
    expect(readRecord(secretOf(JSON_TEXT))).toMatchObject({
      revision: 4,
      status: 'pending-upgrade',
      description: 'Upgrade "complete"',
      deployedAt: '2026-01-02T00:00:00Z',
      rollbackRevision: 3,
      chartName: 'app',
      chartVersion: '1.2.3',
      appVersion: '9',
      config: { a: { description: 'mine' } },
      manifest: 'kind: A\n',
      labels: { team: 'shop' },
      hooks: [
        {
          name: 't',
          kind: 'Pod',
          weight: 2,
          events: ['test'],
          lastRun: { phase: 'Failed', startedAt: '2026-01-02T00:00:01Z' },
        },
        { name: 'bare', weight: 0, events: [], lastRun: { phase: '' } },
      ],
    });
  });

  it('reads an old record that is not compressed', () => {
    expect(readRecord(secretOf(JSON_TEXT, false)).revision).toBe(4);
  });

  it('does not pass over a damaged record, as helm does', () => {
    const damaged = { ...secretOf(JSON_TEXT), data: { release: 'bm9uc2Vuc2U=' } };
    expect(() => readRecord(damaged)).toThrow(HelmCdError);
    expect(() => readRecord(damaged)).toThrow(/The release record sh\.helm\.release\.v1\.app\.v4 is damaged/);
  });
});

describe('readRendered', () => {
  it('reads a dry run', () => {
    expect(
      readRendered('{"chart":{"metadata":{"name":"app","version":"1.0.0"}},"manifest":"x","config":null}'),
    ).toEqual({
      chartName: 'app',
      chartVersion: '1.0.0',
      appVersion: '',
      config: {},
      manifest: 'x',
      hooks: [],
    });
    expect(() => readRendered('Release "app" does not exist.')).toThrow(/helm's output is no JSON/);
  });
});

describe('changeRecord', () => {
  it('changes description, status and labels, and no other byte', () => {
    const changed = changeRecord(secretOf(JSON_TEXT), {
      description: 'Failed: "x"\nand $& more',
      status: 'failed',
      labels: { 'helm-cd/outcome': '4.failed' },
    });
    expect(textOf(changed)).toBe(
      JSON_TEXT.replace(
        '"description":"Upgrade \\"complete\\""',
        () => '"description":"Failed: \\"x\\"\\nand $& more"',
      ).replace('"status":"pending-upgrade"', '"status":"failed"'),
    );
    expect(changed.metadata?.labels).toMatchObject({
      status: 'failed',
      'helm-cd/outcome': '4.failed',
      team: 'shop',
      owner: 'helm',
    });
    expect(changed.metadata?.resourceVersion).toBe('77');
    expect(readRecord(changed)).toMatchObject({ status: 'failed', description: 'Failed: "x"\nand $& more' });
  });

  it('changes only what it is told to', () => {
    const changed = changeRecord(secretOf(JSON_TEXT), { labels: { a: 'b' } });
    expect(textOf(changed)).toBe(JSON_TEXT);
    expect(changed.metadata?.labels).toMatchObject({ status: 'pending-upgrade', a: 'b' });
  });

  it('leaves a record alone that is not laid out as helm does it', () => {
    const odd = '{"info":{"description":"x","status":"failed"},"name":"app"}';
    expect(textOf(changeRecord(secretOf(odd), { description: 'y' }))).toBe(odd);
  });
});

/** What is no push of an image, and is told to be none. */
import { describe, expect, test } from '@jest/globals';
import { changed, type Json, parsed, recorded } from '../../../support/relay-request.js';

const HELM = 'application/vnd.cncf.helm.config.v1+json';
const signature = `sha256-${'a'.repeat(64)}.sig`;

/** Provider, what is changed in its recorded call, and why that is no push. */
const CASES: readonly (readonly [string, string, Json, RegExp])[] = [
  ['dockerhub', '/push_data/media_type', HELM, /^\$\.push_data is a Helm chart: "application/],
  ['dockerhub', '/push_data/media_type', 'application/vnd.example', /^\$\.push_data is no image: /],
  ['dockerhub', '/push_data/tag', signature, /tag belongs to a signature/],
  ['dockerhub', '/push_data/tag', `sha256-${'b'.repeat(64)}`, /tag belongs to a signature/],
  ['ghcr', '/action', 'deleted', /^\$\.action is "deleted": nothing was pushed/],
  ['ghcr', '/registry_package/package_version/container_metadata', null, /container_metadata is missing/],
  ['ghcr', '/registry_package/package_version/container_metadata/manifest/config/media_type', HELM, /is a Helm chart/],
  ['ghcr', '/registry_package/package_version/container_metadata/tag/name', signature, /belongs to a signature/],
  ['ghcr', '/registry_package/package_version/container_metadata/tag', null, /tag\.name is empty|tag is empty/],
  ['quay', '/updated_tags', [], /updated_tags is empty/],
  ['harbor', '/type', 'DELETE_ARTIFACT', /^\$\.type is "DELETE_ARTIFACT": nothing was pushed/],
  ['harbor', '/type', 'PULL_ARTIFACT', /nothing was pushed/],
  ['harbor', '/type', 'TEST_EVENT', /nothing was pushed/],
  ['acr', '/action', 'ping', /^\$\.action is "ping"/],
  ['acr', '/action', 'delete', /no image was pushed/],
  ['acr', '/action', 'chart_push', /no image was pushed/],
  ['acr', '/target/tag', '', /^\$\.target\.tag is empty: pushed by digest/],
  ['acr', '/target/mediaType', 'application/vnd.cncf.notary.signature', /\$\.target is no image/],
  ['ecr', '/detail-type', 'ECR Image Scan', /^\$\["detail-type"\] is "ECR Image Scan"/],
  ['ecr', '/detail/action-type', 'DELETE', /^"DELETE" with result "SUCCESS"/],
  ['ecr', '/detail/result', 'FAILURE', /^"PUSH" with result "FAILURE"/],
  ['ecr', '/detail/image-tag', '', /\["image-tag"\] is empty/],
  ['ecr', '/detail/artifact-media-type', HELM, /is a Helm chart/],
  ['jfrog', '/event_type', 'promoted', /^"docker" "promoted": no image was pushed/],
  ['jfrog', '/domain', 'artifact', /no image was pushed/],
  ['jfrog', '/data/tag', `sha256__${'a'.repeat(64)}`, /tag is a digest/],
  ['jfrog', '/data/tag', `sha256:${'a'.repeat(64)}`, /tag is a digest/],
  ['jfrog', '/data/image_type', 'helmoci', /image_type is "helmoci": no image/],
  ['nexus', '/action', 'DELETED', /\$\.action is "DELETED"/],
  ['nexus', '/component/format', 'maven2', /\$\.component\.format is "maven2", not docker/],
  ['nexus', '/component/version', `sha256:${'a'.repeat(64)}`, /version is a digest/],
  ['alibaba', '/push_data/tag', '', /tag is empty/],
];

describe('ignored', () => {
  test.each(CASES)('%s with %s = %j', (provider, pointer, value, reason) => {
    const { headers, body } = recorded(provider);
    const parts = { headers, body: changed(body, pointer, value) };
    const { pushes, ignored } = parsed(provider, parts, provider === 'nexus' ? 'docker.example.com' : undefined);
    expect(pushes).toEqual([]);
    expect(ignored).toEqual([expect.stringMatching(reason)]);
  });

  test.each(['ping', 'push', 'workflow_run'])('GitHub’s event %s', (name) => {
    const result = parsed('ghcr', { headers: { 'x-github-event': name }, body: { zen: 'Keep it logically awesome.' } });
    expect(result).toEqual({ pushes: [], ignored: [`X-GitHub-Event is "${name}", not about packages`] });
  });

  test('a package of npm', () => {
    const { headers, body } = recorded('ghcr');
    const npm = changed(changed(body, '/registry_package/package_type', 'npm'), '/registry_package/ecosystem', 'npm');
    expect(parsed('ghcr', { headers, body: npm }).ignored).toEqual(['$.registry_package is no container image: "npm"']);
  });

  test.each([
    ['a build', { build_id: '1', docker_tags: ['latest'] }],
    ['a vulnerability', { vulnerability: { id: 'CVE-2026-1' }, tags: ['latest'] }],
    ['mirroring', { message: 'sync started' }],
  ])('Quay tells of %s', (what, more) => {
    const body = { repository: 'acme/api', namespace: 'acme', name: 'api', docker_url: 'quay.io/acme/api', ...more };
    expect(parsed('quay', { body })).toEqual({
      pushes: [],
      ignored: [`a notification about ${what}, not about a push`],
    });
  });

  test.each([
    ['DELETE', { action: 'DELETE', tag: 'eu.gcr.io/acme/api:1.2.3' }, /action is "DELETE": nothing was pushed/],
    ['no tag', { action: 'INSERT', digest: `eu.gcr.io/acme/api@sha256:${'a'.repeat(64)}` }, /tag is missing/],
  ])('Google: %s', (_, notice, reason) => {
    const data = Buffer.from(JSON.stringify(notice)).toString('base64');
    const { pushes, ignored } = parsed('gar', { body: { message: { data, messageId: '1' }, subscription: 's' } });
    expect(pushes).toEqual([]);
    expect(ignored).toEqual([expect.stringMatching(reason)]);
  });

  test('Nexus tells of assets', () => {
    const headers = { 'x-nexus-webhook-id': 'rm:repository:asset' };
    expect(parsed('nexus', { headers, body: { action: 'CREATED', asset: {} } }, 'docker.example.com').ignored).toEqual([
      'X-Nexus-Webhook-Id is "rm:repository:asset", not rm:repository:component',
    ]);
  });

  test('a reason is told once, on one line, and cut', () => {
    const { headers, body } = recorded('distribution');
    const [event] = (body as { events: Json[] }).events;
    const action = `a\n\u001b[31m::error::${'x'.repeat(500)}`;
    const events = Array.from({ length: 50 }, () => changed(event!, '/action', action));
    const { ignored } = parsed('distribution', { headers, body: { events } });
    expect(ignored).toHaveLength(1);
    expect(ignored[0]).toMatch(/^action "a \[31m::error::x{80,}…"$/);
    expect(ignored[0]!.length).toBeLessThan(130);
  });
});

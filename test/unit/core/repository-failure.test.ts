import { expect, it } from '@jest/globals';
import { explainRepositoryFailure } from '../../../src/core/repository-failure.js';

const ANSWER = 'looks like "http://h" is not a valid chart repository or cannot be reached: ';

it.each<[string, string, boolean]>([
  [`Error: ${ANSWER}failed to fetch http://h/index.yaml : 401 Unauthorized`, 'unauthorized', false],
  [`Error: ${ANSWER}failed to fetch http://h/index.yaml : 403 Forbidden`, 'unauthorized', false],
  [`Error: ${ANSWER}failed to fetch http://h/index.yaml : 404 Not Found`, 'not-found', false],
  [`Error: ${ANSWER}failed to fetch http://h/index.yaml : 429 Too Many Requests`, 'unreachable', true],
  [`Error: ${ANSWER}failed to fetch http://h/index.yaml : 503 Service Unavailable`, 'unreachable', true],
  [`Error: ${ANSWER}Get "http://h/index.yaml": EOF`, 'unreachable', true],
  [`Error: ${ANSWER}Get "http://h/index.yaml": dial tcp: lookup h: no such host`, 'unreachable', true],
  [`Error: ${ANSWER}Get "http://h/index.yaml": dial tcp 192.0.2.1:80: i/o timeout`, 'timeout', true],
  [`Error: ${ANSWER}Get "http://h/index.yaml": net/http: TLS handshake timeout`, 'timeout', true],
  [`Error: ${ANSWER}Get "https://h/index.yaml": x509: certificate signed by unknown authority`, 'unreachable', false],
  [`Error: ${ANSWER}error converting YAML to JSON: yaml: line 3: mapping values`, 'unreachable', false],
  ['Error: failed to fetch http://h/web-0.1.0.tgz : 404 Not Found', 'not-found', false],
  [
    'Error: chart "web" matching 3.x not found in r index. (try \'helm repo update\'): no chart version found',
    'not-found',
    false,
  ],
  ['Error: chart "web" version "9.0.0" not found in http://h repository', 'not-found', false],
  ['Error: failed to perform "FetchReference" on source: h/charts/web:1.0.0: not found', 'not-found', false],
  ['Error: GET "http://h/v2/web/tags/list": response status code 404: Not Found', 'not-found', false],
  ['Error: GET "http://h/v2/web/tags/list": response status code 500: Internal Server Error', 'unreachable', true],
  ['Error: GET "http://h/v2/web/tags/list": basic credential not found', 'unauthorized', false],
  ['Error: pull access denied: requested access to the resource is denied', 'unauthorized', false],
  ['Error: something new', 'unreachable', false],
])('%s', (message, code, transient) => {
  const failure = explainRepositoryFailure(message);
  expect([failure.code, failure.transient]).toEqual([code, transient]);
  expect(failure.reason).not.toContain('Error:');
  expect(failure.reason).not.toBe('');
});

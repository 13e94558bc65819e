import { describe, expect, it } from '@jest/globals';
import { classifyFailure, failureText } from '../../../src/kubernetes/kubectl-errors.js';

const MEMCACHE = `E1123 05:28:35.131351   27140 memcache.go:265] "Unhandled Error" err="couldn't get current server API group list: Get \\"https://127.0.0.1:1/api?timeout=32s\\": dial tcp 127.0.0.1:1: connect: connection refused"\n`;

describe('classifyFailure', () => {
  it.each([
    ['The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?', 'unreachable'],
    [
      `${MEMCACHE}The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?`,
      'unreachable',
    ],
    ['Unable to connect to the server: dial tcp: lookup nosuch.invalid: no such host', 'unreachable'],
    [
      'Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority',
      'unreachable',
    ],
    [
      'Unable to connect to the server: net/http: request canceled while waiting (Client.Timeout exceeded)',
      'unreachable',
    ],
    ['Error from server (ServiceUnavailable): apiserver is shutting down', 'unreachable'],
    ['error: You must be logged in to the server (Unauthorized)', 'unauthorized'],
    ['Please enter Username: error: EOF', 'unauthorized'],
    ['Unable to connect to the server: getting credentials: exec: executable aws not found', 'unauthorized'],
    [
      'Error from server (Forbidden): secrets is forbidden: User "x" cannot list resource "secrets" in API group ""',
      'forbidden',
    ],
    ['Error from server (NotFound): namespaces "x" not found', 'not-found'],
    ['Error from server (AlreadyExists): error when creating "STDIN": leases "t1" already exists', 'already-exists'],
    [
      'Error from server (Conflict): error when replacing "STDIN": the object has been modified; please apply your changes',
      'conflict',
    ],
    ['The request is invalid: the server rejected our request due to an error in our request', 'refused'],
    ['Error from server (BadRequest): container "x" is waiting to start', 'refused'],
    ['error: unknown flag: --nonsense', 'other'],
  ])('%s', (stderr, expected) => {
    expect(classifyFailure(stderr)).toBe(expected);
  });
});

describe('failureText', () => {
  it('leaves out log lines and prefixes', () => {
    expect(failureText(`${MEMCACHE}Error from server (NotFound): namespaces "x" not found\n`)).toBe(
      'namespaces "x" not found',
    );
    expect(failureText('error: You must be logged in')).toBe('You must be logged in');
  });

  it('shows the last log line when there is nothing else', () => {
    expect(failureText(MEMCACHE)).toContain('connection refused');
    expect(failureText('')).toBe('');
  });
});

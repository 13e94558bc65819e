import { describe, expect, it } from '@jest/globals';
import { failureOf, isWebPage, mayPass, saidIn } from '../../../src/stores/http-answer.js';

const answer = (body: string, type = '', status = 500) => ({
  status,
  headers: type === '' ? {} : { 'content-type': type },
  body: Buffer.from(body),
});

describe('what a server says', () => {
  it.each([
    ['{"error":"chart already exists"}', 'application/json', 'chart already exists'],
    ['{"message":"no\\n\\u001b[31mroute"}', '', 'no [31mroute'],
    ['{"code":7}', '', ''],
    ['request too\r\nlarge ', 'text/plain', 'request too large'],
    ['<!DOCTYPE html><title>Log in</title><p>secret</p>', '', 'a web page, "Log in"'],
    ['<p>nothing but a paragraph', 'text/html; charset=utf-8', 'a web page'],
    [' <HTML><body>x', '', 'a web page'],
    ['x'.repeat(5000), '', 'x'.repeat(200)],
    ['', '', ''],
  ])('in %.60s (%s) is %.60s', (body, type, said) => {
    expect(saidIn(answer(body, type))).toBe(said);
  });

  it('is no page when it is an index or an archive', () => {
    expect(isWebPage(answer('apiVersion: v1\nentries: {}\n', 'text/plain'))).toBe(false);
    expect(isWebPage(answer('\u001f\u008b', 'application/gzip'))).toBe(false);
  });

  it.each([
    [408, true],
    [429, true],
    [500, true],
    [503, true],
    [501, false],
    [507, false],
    [404, false],
    [409, false],
  ])('HTTP %d may pass: %s', (status, expected) => {
    expect(mayPass(status)).toBe(expected);
  });

  it.each([
    [401, false, 'unauthorized', 'Give the inputs "username" and "password", from a secret.'],
    [403, true, 'unauthorized', 'Check the inputs "username" and "password", and what they may do there.'],
    [407, false, 'unauthorized', 'The proxy wants a login: put it into https_proxy.'],
    [404, false, 'not-found', 'Check the URL of the chart repository.'],
    [400, false, 'refused', undefined],
    [429, false, 'unreachable', 'Run the job again when the server has recovered.'],
    [503, false, 'unreachable', 'Run the job again when the server has recovered.'],
  ])('with HTTP %d becomes an error', (status, authorized, code, hint) => {
    const asked = { url: 'https://charts.example.com/x', what: 'cannot be read', authorized };
    expect(failureOf(answer('{"error":"why"}', '', status), asked)).toMatchObject({
      code,
      message: `https://charts.example.com/x cannot be read: why (HTTP ${status}).`,
      hint,
    });
  });
});

import { describe, expect, it } from '@jest/globals';
import { parseHttpLocation } from '../../../src/stores/http-location.js';

describe('a place on the web', () => {
  it.each([
    ['https://charts.example.com', 'https://charts.example.com', [], false],
    ['https://charts.example.com/', 'https://charts.example.com', [], false],
    [
      'https+chartmuseum://charts.example.com/acme/develop/',
      'https://charts.example.com/acme/develop',
      ['acme', 'develop'],
      false,
    ],
    ['HTTPS+ChartMuseum://Charts.Example.com:8443//a//b', 'https://charts.example.com:8443/a/b', ['a', 'b'], false],
    ['https://charts.example.com:443/a%20b', 'https://charts.example.com/a%20b', ['a b'], false],
    ['http+chartmuseum://127.0.0.1:8080/x', 'http://127.0.0.1:8080/x', ['x'], false],
    ['http://localhost/x', 'http://localhost/x', ['x'], false],
    ['http://[::1]:8080', 'http://[::1]:8080', [], false],
    ['http://charts.example.com/x', 'http://charts.example.com/x', ['x'], true],
    ['http+chartmuseum://localhost.example.com', 'http://localhost.example.com', [], true],
  ])('%s is taken apart', (url, base, path, isOpen) => {
    expect(parseHttpLocation(url)).toEqual({ origin: new URL(base).origin, base, path, isOpen });
  });

  it.each([
    ['https://', 'it is no URL with a host'],
    ['https:/charts.example.com', 'it is no URL with a host'],
    ['https://:80', 'it is no URL with a host'],
    ['https+chartmuseum://', 'it is no URL with a host'],
    ['s3://bucket', 'it is no URL with a host'],
    ['https://me@charts.example.com', 'it holds a user or a password'],
    ['https://charts.example.com/x?token=1', 'it has a query or a fragment'],
    ['https://charts.example.com/x#y', 'it has a query or a fragment'],
    ['https://charts.example.com/x/index.yaml', 'it names the index itself'],
    ['https://charts.example.com/%zz', 'it has a broken %-sequence'],
  ])('%s is none', (url, why) => {
    expect(() => parseHttpLocation(url)).toThrow(`"${url}" is no chart repository on the web: ${why}.`);
  });
});

import { describe, expect, it } from '@jest/globals';
import {
  canonicalImageName,
  formatImageReference,
  isImageTag,
  parseImageReference,
  parsePushedImage,
  shortImageName,
} from '../../../src/core/image-reference.js';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('parseImageReference', () => {
  it.each([
    ['nginx', { name: 'nginx' }],
    ['nginx:1.25', { name: 'nginx', tag: '1.25' }],
    ['ghcr.io/acme/api:1.4.0', { name: 'ghcr.io/acme/api', tag: '1.4.0' }],
    [`ghcr.io/acme/api@${DIGEST}`, { name: 'ghcr.io/acme/api', digest: DIGEST }],
    [`ghcr.io/acme/api:1.4.0@${DIGEST}`, { name: 'ghcr.io/acme/api', tag: '1.4.0', digest: DIGEST }],
    ['localhost:5000/api:latest', { name: 'localhost:5000/api', tag: 'latest' }],
    ['localhost:5000/api', { name: 'localhost:5000/api' }],
    ['[::1]:5000/api:1', { name: '[::1]:5000/api', tag: '1' }],
    ['acme/a__b.c-d/e:v1_2', { name: 'acme/a__b.c-d/e', tag: 'v1_2' }],
  ])('%s', (text, expected) => {
    expect(parseImageReference(text)).toEqual(expected);
    expect(formatImageReference(expected)).toBe(text);
  });

  it.each([
    '',
    'a b',
    'https://ghcr.io/acme/api:1',
    'ghcr.io/acme/API:1',
    'ghcr.io/acme/api:',
    'ghcr.io/acme/api:.5',
    'ghcr.io/acme/api:~',
    'ghcr.io/acme/api:1:30',
    'ghcr.io/acme/api@sha256:12',
    'ghcr.io//api:1',
    'ghcr.io/acme/-api:1',
    `${'a/'.repeat(200)}b:1`,
    `api:${'1'.repeat(129)}`,
  ])('%s is none', (text) => {
    expect(parseImageReference(text)).toBeUndefined();
  });
});

describe('canonicalImageName', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx'],
    ['acme/api', 'docker.io/acme/api'],
    ['docker.io/nginx', 'docker.io/library/nginx'],
    ['index.docker.io/acme/api', 'docker.io/acme/api'],
    ['GHCR.io/acme/api', 'ghcr.io/acme/api'],
    ['localhost/api', 'localhost/api'],
    ['registry:5000/api', 'registry:5000/api'],
  ])('%s is %s', (name, expected) => {
    expect(canonicalImageName(name)).toBe(expected);
  });

  it('has a short form for messages', () => {
    expect(shortImageName('ghcr.io/acme/api')).toBe('api');
    expect(shortImageName('nginx')).toBe('nginx');
  });
});

describe('parsePushedImage', () => {
  it.each([
    ['ghcr.io/acme/api', 'has neither a tag nor a digest'],
    ['ghcr.io/acme/api:.5', 'has a tag that no registry accepts: ".5"'],
    ['ghcr.io/acme/api:~', 'has a tag that no registry accepts: "~"'],
    ['ghcr.io/acme/api:1:30', 'has a tag that no registry accepts: "1:30"'],
    ['ghcr.io/acme/api@sha256:zz', 'has a digest that is none: "sha256:zz"'],
    ['ghcr.io/Acme/api:1', 'has upper-case letters in its repository'],
    ['https://ghcr.io/acme/api:1', 'is a URL'],
    ['so nicht', 'is no image reference'],
  ])('refuses %s: it %s', (text, reason) => {
    expect(() => parsePushedImage(text, 'Input "images"')).toThrow(`Input "images": "${text}" ${reason}`);
  });

  it('takes a tag, a digest, or both', () => {
    expect(parsePushedImage('ghcr.io/acme/api:1e5', 'images').tag).toBe('1e5');
    expect(parsePushedImage(`ghcr.io/acme/api@${DIGEST}`, 'images').digest).toBe(DIGEST);
  });

  it('knows what the grammar says of tags', () => {
    expect(['_a', 'A.b-c', '1'].every(isImageTag)).toBe(true);
    expect(['', '-a', '.a', 'a b', 'a/b'].some(isImageTag)).toBe(false);
  });
});

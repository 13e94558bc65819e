import { expect, it } from '@jest/globals';
import { findNumberTags, goNumber } from '../../../src/core/number-tags.js';

it.each<[number, string]>([
  [1.1, '1.1'],
  [123456, '123456'],
  [1234567, '1.234567e+06'],
  [20240101, '2.0240101e+07'],
  [1000000, '1e+06'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [0, '0'],
])('prints %d as Go does', (value, text) => {
  expect(goNumber(value)).toBe(text);
});

it('finds the tags of images that are no text', () => {
  const text = `image:
  repository: ghcr.io/acme/api
  tag: 1.10
worker: {image: {tag: 0123}}
sidecarImageTag: 1e3
imageTag: 20240101
jobs:
  - image: {name: x, tag: 7}
git:
  tag: 1.10
quoted: {image: {tag: "1.10"}}
text: {image: {tag: 1.2.3}}
date: {image: {tag: 2024-01-01}}
empty: {image: {tag: }}
odd: {image: {tag: yes}}
`;
  expect(findNumberTags(text)).toEqual([
    { path: ['image', 'tag'], line: 3, written: '1.10', read: ['1.1'] },
    { path: ['worker', 'image', 'tag'], line: 4, written: '0123', read: ['83'] },
    { path: ['sidecarImageTag'], line: 5, written: '1e3', read: ['1000'] },
    { path: ['imageTag'], line: 6, written: '20240101', read: ['2.0240101e+07'] },
    { path: ['jobs', 0, 'image', 'tag'], line: 8, written: '7', read: [] },
    { path: ['odd', 'image', 'tag'], line: 15, written: 'yes', read: ['true'] },
  ]);
});

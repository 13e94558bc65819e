import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatPointer, parsePointer } from '../../../src/core/json-pointer.js';

describe('JSON pointers', () => {
  it.each([
    ['', []],
    ['/', ['']],
    ['/api/image/tag', ['api', 'image', 'tag']],
    ['/annotations/example.org~1images', ['annotations', 'example.org/images']],
    ['/a~01', ['a~1']],
  ])('%s', (text, pointer) => {
    expect(parsePointer(text, 'x')).toEqual(pointer);
    expect(formatPointer(pointer)).toBe(text);
  });

  it('come back as they went, whatever the keys', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (keys) => {
        expect(parsePointer(formatPointer(keys), 'x')).toEqual(keys);
      }),
    );
  });

  it('refuses what is none, and says how to write it', () => {
    expect(() => parsePointer('api.image.tag', 'Input "targets"')).toThrow(
      expect.objectContaining({
        message: 'Input "targets" has a JSON pointer that does not start with a slash: "api.image.tag"',
        hint: 'Write it as /api/image/tag.',
      }),
    );
    expect(() => parsePointer('/a~b', 'Input "targets"')).toThrow('has a JSON pointer with a lone "~": "/a~b"');
  });
});

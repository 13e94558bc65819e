import { afterEach, beforeEach, jest } from '@jest/globals';

/** Keeps what each test of the file writes to standard output, and out of the tests' own. */
export function captureStdout(): { text: () => string; clear: () => void } {
  let written = '';
  beforeEach(() => {
    written = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((chunk, encoding, done) => {
      written += String(chunk);
      const callback = typeof encoding === 'function' ? encoding : done;
      callback?.();
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  return {
    text: () => written,
    clear: () => {
      written = '';
    },
  };
}

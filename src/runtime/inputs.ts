import type { InputReader } from '../core/action.js';
import { parseDuration } from '../core/duration.js';
import { HelmCdError } from '../core/errors.js';
import type { Masks } from '../core/ports.js';
import { didYouMean } from '../core/suggest.js';
import * as runner from './workflow-commands.js';

/** Inputs as the composite action hands them over: one `INPUT_<NAME>` variable each. */
export function createInputReader(masks: Masks): InputReader {
  const text = (name: string) => runner.getInput(name);
  const missing = (name: string) =>
    new HelmCdError('input', `Input "${name}" is required but empty.`, {
      hint: `Give it under "with:" as ${name}: …`,
    });
  const reader: InputReader = {
    string: (name, fallback = '') => text(name) || fallback,
    required(name) {
      const value = text(name);
      if (value === '') throw missing(name);
      return value;
    },
    list: (name) =>
      text(name)
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== ''),
    requiredList(name) {
      const items = reader.list(name);
      if (items.length === 0) throw missing(name);
      return items;
    },
    boolean(name, fallback) {
      const value = text(name);
      if (value === '') return fallback;
      if (value === 'true') return true;
      if (value === 'false') return false;
      throw new HelmCdError('input', `Input "${name}" is neither true nor false: "${value}"`, {
        hint: 'Write true or false, in lower case.',
      });
    },
    duration: (name, fallback) => parseDuration(text(name) || fallback, `Input "${name}"`),
    choice(name, values, fallback) {
      const value = text(name);
      if (value === '') return fallback;
      const known = values.find((candidate) => candidate === value);
      if (known !== undefined) return known;
      throw new HelmCdError('input', `Input "${name}" has the unknown value "${value}"${didYouMean(value, values)}`, {
        hint: `Valid values: ${values.join(', ')}.`,
      });
    },
    secret(name) {
      const value = text(name);
      if (value !== '') masks.add(value);
      return value;
    },
  };
  return reader;
}

import { HelmCdError } from './errors.js';
import { matchGoPattern } from './go-pattern.js';

/** Which files of a chart's folder helm leaves out. */
export interface IgnoreRules {
  /** @param path relative to the chart's folder, with `/`. */
  ignores(path: string, isFolder: boolean): boolean;
}

interface Rule {
  readonly negate: boolean;
  readonly foldersOnly: boolean;
  /** `path` compares the whole path, `name` the last part only. */
  readonly subject: 'path' | 'name';
  readonly pattern: string;
}

/** Helm adds it to every chart: hidden files in templates/ are no templates. */
const DEFAULT_RULE = 'templates/.?*';

function parseRule(line: string, file: string, number: number): Rule | undefined {
  let text = line.trim();
  if (text === '' || text.startsWith('#')) return undefined;
  const place = { file, line: number };
  if (text.includes('**')) {
    throw new HelmCdError('file', `${file}: helm knows no ** in a .helmignore: "${text}"`, {
      hint: 'A pattern without a slash matches in every folder; with one it matches the whole path.',
      place,
    });
  }
  // Helm tries each line on some text, and thus finds only what is wrong at its beginning.
  const malformed = matchGoPattern(text, 'abc') === 'malformed';
  const negate = text.startsWith('!');
  if (negate) text = text.slice(1);
  const foldersOnly = text.endsWith('/');
  if (foldersOnly) text = text.slice(0, -1);
  const rooted = text.startsWith('/');
  if (rooted) text = text.slice(1);
  if (malformed) {
    throw new HelmCdError('file', `${file}: a pattern that helm cannot read: "${line.trim()}"`, {
      hint: 'A bracket is not closed, or a backslash ends the line.',
      place,
    });
  }
  return { negate, foldersOnly, subject: rooted || text.includes('/') ? 'path' : 'name', pattern: text };
}

/**
 * The rules of a `.helmignore`, as helm reads it and not as git reads a `.gitignore`: no `**`, the first rule that
 * matches decides, and a rule with `!` ignores everything that it does **not** match.
 * @param text the file's content; empty when there is none.
 * @param file its name for messages.
 * @throws HelmCdError `file` for a pattern that makes helm itself fail.
 */
export function parseHelmIgnore(text: string, file = '.helmignore'): IgnoreRules {
  const lines = text.replace(/^\ufeff/, '').split('\n');
  const rules = [...lines, DEFAULT_RULE]
    .map((line, index) => parseRule(line, file, index + 1))
    .filter((rule) => rule !== undefined);
  return {
    ignores(path, isFolder) {
      if (path === '' || path === '.') return false;
      const name = path.slice(path.lastIndexOf('/') + 1);
      for (const rule of rules) {
        const matched = matchGoPattern(rule.pattern, rule.subject === 'path' ? path : name) === 'yes';
        if (rule.negate) {
          if ((rule.foldersOnly && !isFolder) || !matched) return true;
        } else if (matched && (isFolder || !rule.foldersOnly)) {
          return true;
        }
      }
      return false;
    },
  };
}

/** Whether helm leaves a file out: by itself or with one of the folders it is in. */
export function isHidden(rules: IgnoreRules, path: string): boolean {
  const parts = path.split('/');
  return parts.some((_, index) => rules.ignores(parts.slice(0, index + 1).join('/'), index < parts.length - 1));
}

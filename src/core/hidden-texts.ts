/** Hides values in messages, however they are written there. */

const HIDDEN = '***';
/** Shorter texts are parts of everything. */
const SHORTEST = 4;
/** Texts that may be words are hidden only where they stand alone. */
const MAY_BE_A_WORD = /^(?:[A-Za-z][a-z]*|.{1,7})$/s;

/** Characters that mean something to YAML at the start of a text; a message may leave them out. */
const YAML_SIGNS = /^[\s*&!|>%@`"']+|["']$/g;

/** Longer values are looked for in pieces. */
const LONGEST = 1000;

function pieces(value: string): readonly string[] {
  if (value.length <= LONGEST) return [value];
  return Array.from({ length: Math.floor(value.length / LONGEST) }, (_, index) =>
    value.slice(index * LONGEST, (index + 1) * LONGEST),
  ).concat(value.slice(-(value.length % LONGEST)));
}

/** The parts and forms of a value that a message may quote. */
function formsOf(value: string): readonly string[] {
  const wholes = [value, ...value.split(/\r\n|\r|\n/), value.replace(YAML_SIGNS, '')].flatMap(pieces);
  const parts = wholes.flatMap((part) => [part, part.trim(), part.replace(/\s+/g, ' ').trim()]);
  const forms = parts.flatMap((part) => [
    part,
    JSON.stringify(part).slice(1, -1),
    Buffer.from(part).toString('base64'),
    Buffer.from(part).toString('base64').replace(/=+$/, ''),
    // By way of bytes, for a URL cannot hold half a surrogate pair.
    encodeURIComponent(Buffer.from(part).toString()),
  ]);
  // Go's YAML quotes the first characters only.
  const cut = value.length > 10 && !/\s/.test(value.slice(0, 7)) ? [`${value.slice(0, 7)}...`] : [];
  return [...forms, ...cut];
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** A growing set of texts that must not be shown. */
export interface HiddenTexts {
  add(values: Iterable<string>): void;
  /**
   * The text with `***` in place of all that was added, in whatever case.
   * @param words whether values are hidden too that may be ordinary words: not in names, where they would be found by chance.
   */
  hide(text: string, words: boolean): string;
}

export function createHiddenTexts(): HiddenTexts {
  const known = new Set<string>();
  const forms = new Set<string>();
  let longestFirst: readonly string[] | undefined;
  return {
    add(values) {
      for (const value of values) {
        if (known.has(value)) continue;
        known.add(value);
        for (const form of formsOf(value)) {
          if (form.length >= SHORTEST && /[\p{L}\p{N}]/u.test(form)) forms.add(form);
        }
        longestFirst = undefined;
      }
    },
    hide(text, words) {
      longestFirst ??= [...forms].sort((a, b) => b.length - a.length);
      let hidden = text;
      let lower = text.toLowerCase();
      for (const form of longestFirst) {
        const exact = hidden.includes(form);
        if (!exact && !lower.includes(form.toLowerCase())) continue;
        const alone = MAY_BE_A_WORD.test(form);
        if (alone && !words) continue;
        // The lower case of some letters is longer, and then no pattern finds it.
        if (exact && !alone) hidden = hidden.replaceAll(form, HIDDEN);
        const pattern = `${alone ? '(?<![\\p{L}\\p{N}])' : ''}${escaped(form)}${alone ? '(?![\\p{L}\\p{N}])' : ''}`;
        hidden = hidden.replace(new RegExp(pattern, 'giu'), HIDDEN);
        lower = hidden.toLowerCase();
      }
      return hidden;
    },
  };
}

/** Text from outside, as it may be shown. */

/** What a terminal obeys, and what turns the direction of writing so that text reads as it is not. */
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text without control characters.
 * @param lines whether line ends and tabs stay; otherwise they become a space.
 */
export function withoutControls(text: string, lines = false): string {
  const plain = text.replace(CONTROLS, '');
  return lines ? plain : plain.replace(/[\t\r\n\u2028\u2029]+/g, ' ');
}

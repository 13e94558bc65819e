/**
 * The API server quotes whole objects in its errors (`Invalid value: "{\\"apiVersion\\":…}": what is wrong`), secrets and all.
 * Nobody can read that; what is wrong comes after it.
 * @returns the text with every quoted object replaced by `"…"`.
 */
export function withoutObjects(text: string): string {
  return text
    .replace(/"(?=\{\\"|map\[|&)(?:[^"\\]|\\.)*"/g, '"…"')
    .replace(/Invalid value: \{"(?:[^{}]|\{[^{}]*\})*\}/g, 'Invalid value: {…}');
}

import { isScalar, parseDocument } from 'yaml';

/** How a scalar is written in its file; `empty` is a value of which nothing is written at all. */
export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded' | 'empty';

/**
 * What some YAML parser in use takes for a null, a boolean, a number, a time or an operator when it is not quoted: YAML
 * 1.1 (Helm's parser, PyYAML, Ruby) and 1.2, and what go-yaml reads beyond both. Rather too much than too little: the
 * price is a pair of quotes.
 */
const NOT_A_STRING: readonly RegExp[] = [
  /^(?:~|null|true|false|yes|no|on|off|y|n|=|<<)$/i,
  /^[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+)$/i,
  /^[-+]?(?:\d[\d_,]*(?:\.[\d_]*)?|\.[\d_]+)(?:e[-+]?[\d_]+)?$/i,
  /^[-+]?(?:\.inf|\.nan|inf|infinity|nan)$/i,
  /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/,
  /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt\s].*)?$/,
];

/** Nothing in these texts can be an indicator, except what the function below looks at. */
const HARMLESS = /^[A-Za-z0-9_./+^~][A-Za-z0-9_./+:@-]*$/;

/** Whether both YAML versions read the bare text as the string it is. */
function isStringInBothVersions(text: string): boolean {
  return (['1.1', '1.2'] as const).every((version) => {
    const { contents, errors } = parseDocument(text, { version });
    return errors.length === 0 && isScalar(contents) && contents.value === text;
  });
}

/**
 * Whether a text can stand without quotes as a map's or a list's value and be read as that very string by every YAML
 * parser, 1.1 or 1.2.
 * @param inFlow inside `{…}` or `[…]`, where older parsers stumble over a colon.
 */
export function isPlainSafe(text: string, inFlow: boolean): boolean {
  if (!HARMLESS.test(text) || text.endsWith(':')) return false;
  if (inFlow && text.includes(':')) return false;
  if (NOT_A_STRING.some((pattern) => pattern.test(text))) return false;
  return isStringInBothVersions(text);
}

function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** JSON's escapes are YAML's, and JSON has one for every character that YAML does not print. */
function doubleQuoted(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Characters that single quotes cannot show on one line, or that YAML only takes escaped. */
// eslint-disable-next-line no-control-regex -- control characters are what it is about
const NEEDS_ESCAPES = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ud800-\udfff]/;

/**
 * A text as a YAML scalar on one line, in the style it had, unless that could be read as something else.
 * @param style of the value that is replaced; block styles are rendered as plain ones.
 * @param context whether it stands in a flow collection, and which quotes to use where the old value had none.
 */
export function renderScalar(
  text: string,
  style: ScalarStyle,
  context: { readonly inFlow: boolean; readonly quote: 'single' | 'double' },
): string {
  const quote = style === 'single' || style === 'double' ? style : context.quote;
  if (style !== 'single' && style !== 'double' && isPlainSafe(text, context.inFlow)) return text;
  return quote === 'single' && !NEEDS_ESCAPES.test(text) ? singleQuoted(text) : doubleQuoted(text);
}

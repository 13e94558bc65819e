/** Which value fed a field, where that is certain: it is named by its path and the file that sets it, never by what it holds. */
import path from 'node:path';
import { textOf } from '../charts/chart-files.js';
import type { ValueSource } from '../core/findings.js';
import { formatPlace, type Place } from '../core/errors.js';
import type { ChartPlaces, ValuesOrigin } from './chart-places.js';
import { placeOfValue } from './values-places.js';

/** Rules about what a field holds, whose messages begin with the field. */
const ABOUT_VALUES = new Set(['wrong-type', 'not-allowed-value', 'wrong-format']);

/** `key: {{ .Values.a.b | quote }}`, alone on its line: nothing else can have made what the field holds. */
const LINE =
  /^\s*(?:- +)?["']?([\w./-]+)["']?: *["']?\{\{-? *(?:(?:quote|int|int64|toString) +)?\$?\.Values\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?: *\| *(?:quote|squote|int|int64|toString|trim|upper|lower))* *-?\}\}["']?\s*$/;

/** @param place the template's line, proven. */
export async function valueSource(
  rule: string,
  message: string,
  place: Place,
  chart: ChartPlaces,
  origins: readonly ValuesOrigin[],
): Promise<ValueSource | undefined> {
  const template = path.posix.relative(chart.path, place.file);
  // Templates of subcharts read other values.
  if (!ABOUT_VALUES.has(rule) || place.line === undefined || !/^templates\/.+\.ya?ml$/.test(template)) return undefined;
  const file = chart.contents.files.find((other) => other.path === template);
  const line = file === undefined ? undefined : textOf(file).split('\n')[place.line - 1];
  const [, key = '', value = ''] = LINE.exec(line ?? '') ?? [];
  // Quotes make text of any value: then the type is the template's doing.
  if (rule === 'wrong-type' && /["']|quote|toString/.test(line ?? '')) return undefined;
  const [field = ''] = message.split(' ', 1);
  if (value === '' || !(field === key || field.endsWith(`.${key}`) || field.endsWith(`["${key}"]`))) return undefined;
  const own = { absolute: path.join(chart.folder, 'values.yaml'), path: path.posix.join(chart.path, 'values.yaml') };
  const setIn = await placeOfValue(value.split('.'), [own, ...origins.map((origin) => origin.file)]);
  return setIn === undefined ? undefined : { value, setIn: formatPlace(setIn) };
}

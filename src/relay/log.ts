import type { Masks } from '../core/ports.js';

export type Level = 'info' | 'warning' | 'error';
type Value = string | number | boolean | readonly string[] | undefined;

/** One JSON object a line. */
export interface RelayLog {
  /** @param fields what is undefined or an empty list is left out. */
  (level: Level, message: string, fields?: Readonly<Record<string, Value>>): void;
}

/**
 * The relay's log: lines of JSON, without the secrets that the masks know.
 * @param write gets a line with its end.
 */
export function createRelayLog(masks: Masks, now: () => Date, write: (line: string) => void): RelayLog {
  const safe = (value: Value): Value => {
    if (typeof value === 'string') return masks.redact(value);
    return typeof value === 'object' ? value.map((text) => masks.redact(text)) : value;
  };
  return (level, message, fields = {}) => {
    const said = Object.entries(fields).filter(([, value]) => !(Array.isArray(value) && value.length === 0));
    const told = said.map(([name, value]) => [name, safe(value)]);
    const fixed = { time: now().toISOString(), level, message: safe(message) };
    const entry = { ...fixed, ...(Object.fromEntries(told) as Record<string, Value>) };
    write(`${JSON.stringify(entry)}\n`);
  };
}

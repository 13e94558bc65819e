/** Takes secrets out of data, as opposed to text. */

/**
 * The value with every text in it, keys too, redacted. Not the JSON as a whole: a secret like `true` would make it none.
 * @param redact as `Masks.redact`.
 */
export function redactValue<Value>(value: Value, redact: (text: string) => string): Value {
  const visit = (part: unknown): unknown => {
    if (typeof part === 'string') return redact(part);
    if (Array.isArray(part)) return part.map(visit);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, item]) => [redact(key), visit(item)]));
  };
  return visit(value) as Value;
}

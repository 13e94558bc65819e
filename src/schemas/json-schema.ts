/** A JSON Schema, as far as its makers are concerned. */
export type JsonSchema = Readonly<Record<string, unknown>>;

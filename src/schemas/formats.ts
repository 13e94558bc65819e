import type { Format } from 'ajv';

const QUANTITY = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+|[KMGTPE]i|[numkMGTPE])?$/;
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;
/** Go's decoder skips line breaks, and insists on padding. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** @returns whether Kubernetes can parse the text as a quantity, such as `500m` or `1.5Gi`. */
export function isQuantity(text: string): boolean {
  return QUANTITY.test(text);
}

function isDateTime(text: string): boolean {
  return RFC3339.test(text) && !Number.isNaN(Date.parse(text));
}

/** That it is an integer at all is the type's business. */
const within = (low: number, high: number) => (value: number) =>
  !Number.isInteger(value) || (value >= low && value <= high);

/** The formats of Kubernetes' OpenAPI that the API server enforces when it decodes an object. */
export const KUBERNETES_FORMATS: Readonly<Record<string, Format>> = {
  int32: { type: 'number', validate: within(-(2 ** 31), 2 ** 31 - 1) },
  int64: { type: 'number', validate: within(-(2 ** 63), 2 ** 63) },
  double: { type: 'number', validate: (value: number) => Number.isFinite(value) },
  byte: { type: 'string', validate: (text: string) => BASE64.test(text.replace(/[\r\n]/g, '')) },
  'date-time': { type: 'string', validate: isDateTime },
  quantity: { type: 'string', validate: isQuantity },
};

/** What a value of the format looks like, for messages. */
export const FORMAT_NAMES: Readonly<Record<string, string>> = {
  int32: 'an integer of 32 bits',
  int64: 'an integer of 64 bits',
  double: 'a finite number',
  byte: 'base64',
  'date-time': 'a time such as 2026-01-31T12:00:00Z',
  quantity: 'a quantity such as 500m, 1.5 or 2Gi',
};

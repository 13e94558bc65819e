/** What the API server refuses of ConfigMaps and Secrets although the schema is content. */
import { fieldsAt } from '../core/pod-specs.js';
import { isSet, refuse, type Report } from './field-checks.js';
import type { RenderedObject } from './rendered-object.js';

const SECRET_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};
const LARGEST_DATA = 1024 * 1024;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What ConfigMaps and Secrets hold: no key twice, not too much, and the keys that a Secret's type demands. */
export function checkData({ kind, content }: RenderedObject, report: Report): void {
  const data = { ...fieldsAt(content, ['data']), ...fieldsAt(content, ['stringData']) };
  const binary = fieldsAt(content, ['binaryData']);
  for (const key of Object.keys(binary)) {
    if (Object.hasOwn(fieldsAt(content, ['data']), key))
      refuse(report, ['binaryData', key], 'is in data as well', 'duplicate-entry');
  }
  const bytes = (text: unknown, encoded: boolean) =>
    typeof text === 'string'
      ? encoded
        ? Math.floor((text.replace(/[\s=]/g, '').length * 3) / 4)
        : Buffer.byteLength(text)
      : 0;
  const isSecret = kind === 'v1/Secret';
  const size =
    Object.entries(data).reduce(
      (sum, [key, text]) => sum + bytes(text, isSecret && !Object.hasOwn(fieldsAt(content, ['stringData']), key)),
      0,
    ) + Object.values(binary).reduce<number>((sum, text) => sum + bytes(text, true), 0);
  if (size > LARGEST_DATA)
    refuse(
      report,
      [isSet(content['data']) ? 'data' : isSecret ? 'stringData' : 'binaryData'],
      'is larger than 1 MiB, which Kubernetes takes at most',
    );
  if (!isSecret) return;
  const type = typeof content['type'] === 'string' ? content['type'] : '';
  for (const key of SECRET_KEYS[type] ?? []) {
    if (!Object.hasOwn(data, key))
      refuse(report, ['data', key], `is needed in a Secret of type ${type}`, 'missing-field');
  }
  const { '.dockerconfigjson': login } = fieldsAt(content, ['stringData']);
  if (type === 'kubernetes.io/dockerconfigjson' && typeof login === 'string' && !isJson(login)) {
    refuse(report, ['stringData', '.dockerconfigjson'], 'is no JSON', 'wrong-format');
  }
  if (type === 'kubernetes.io/basic-auth' && data['username'] === undefined && data['password'] === undefined) {
    refuse(report, ['data', 'username'], `or password is needed in a Secret of type ${type}`, 'missing-field');
  }
  if (type === 'kubernetes.io/service-account-token') {
    const annotation = 'kubernetes.io/service-account.name';
    if (isSet(fieldsAt(content, ['metadata', 'annotations'])[annotation])) return;
    refuse(report, ['metadata', 'annotations', annotation], `is needed in a Secret of type ${type}`, 'missing-field');
  }
}

/** Addresses of schemas with placeholders for the kind that is looked for. */
import { HelmCdError } from '../core/errors.js';
import { partsOfKind, type KindParts } from '../schemas/schema-names.js';
import { shownAddress } from './schema-download.js';

/** What each placeholder stands for. */
const PLACEHOLDERS: Readonly<Record<string, (parts: KindParts) => string>> = {
  group: ({ group }) => group,
  'group-start': ({ group }) => group.split('.')[0] ?? '',
  kind: ({ kind }) => kind.toLowerCase(),
  Kind: ({ kind }) => kind,
  version: ({ version }) => version,
};
const PLACEHOLDER = /\{([^{}]*)\}/g;
/** Parts of a kind come from what a chart renders: they must not lead to other folders or servers. */
const PART = /^[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*$/;

/** @throws HelmCdError `input` when it has placeholders that stand for nothing, or no kind. */
export function checkTemplate(item: string): void {
  const unknown = [...item.matchAll(PLACEHOLDER)].find(([, name = '']) => !Object.hasOwn(PLACEHOLDERS, name));
  const hasKind = /\{kind\}/i.test(item);
  if (unknown === undefined && hasKind) return;
  const what = unknown === undefined ? 'does not have {kind}' : `has an unknown placeholder: ${unknown[0]}`;
  const names = Object.keys(PLACEHOLDERS).map((name) => `{${name}}`);
  throw new HelmCdError('input', `Input "schemas": ${shownAddress(item)} ${what}`, {
    hint: `Placeholders are ${names.join(', ')}.`,
  });
}

/** The address for a kind; nothing for a kind that no schema can have. */
export function fillTemplate(item: string, kind: string): string | undefined {
  const parts = partsOfKind(kind);
  if (![parts.group, parts.version, parts.kind].every((part) => PART.test(part))) return undefined;
  return item.replace(PLACEHOLDER, (_, name: string) => PLACEHOLDERS[name]?.(parts) ?? '');
}

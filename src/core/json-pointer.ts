import { HelmCdError } from './errors.js';

/** The keys (and list indices, as text) from a document's root to a node. Empty: the root. */
export type Pointer = readonly string[];

/**
 * Reads an RFC 6901 JSON pointer: `/api/image/tag`, `/annotations/example.org~1owner`; empty text is the root.
 * @param what names the text in the message, such as `Input "targets"`.
 * @throws HelmCdError `input` when it does not start with a slash or has a lone `~`.
 */
export function parsePointer(text: string, what: string): Pointer {
  if (text === '') return [];
  if (!text.startsWith('/')) {
    throw new HelmCdError('input', `${what} has a JSON pointer that does not start with a slash: "${text}"`, {
      hint: `Write it as /${text.replaceAll('.', '/')}.`,
    });
  }
  if (/~(?![01])/.test(text)) {
    throw new HelmCdError('input', `${what} has a JSON pointer with a lone "~": "${text}"`, {
      hint: 'In a JSON pointer "~" is written ~0, and "/" inside a key ~1.',
    });
  }
  return text
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The pointer as RFC 6901 text; the root is the empty text. */
export function formatPointer(pointer: Pointer): string {
  return pointer.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

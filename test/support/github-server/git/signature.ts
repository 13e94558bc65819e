import { createHmac } from 'node:crypto';

/** The server's own key: whoever has it is "GitHub". Nothing outside the tests trusts it. */
const KEY = 'the loopback GitHub signs what is committed through its API';

const seal = (payload: string): string => createHmac('sha512', KEY).update(payload).digest('base64');

/** An armoured signature over the text of a commit, as it stands in the commit's `gpgsig` header. */
export function signPayload(payload: string): string {
  return `-----BEGIN PGP SIGNATURE-----\n\n${seal(payload)}\n-----END PGP SIGNATURE-----\n`;
}

export interface Verification {
  readonly verified: boolean;
  readonly reason: 'valid' | 'unsigned' | 'unknown_key';
}

/** As GitHub's `verification` object says it. Only what this server has signed, unchanged since, is verified. */
export function verifyPayload(payload: string, signature: string | null): Verification {
  if (signature === null) return { verified: false, reason: 'unsigned' };
  const verified = signature.includes(seal(payload));
  return { verified, reason: verified ? 'valid' : 'unknown_key' };
}

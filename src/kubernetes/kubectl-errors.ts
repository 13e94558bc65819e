/** What kubectl's messages mean. It has no exit codes for them: everything is 1. */
import type { ErrorCode } from '../core/errors.js';
import { withoutObjects } from '../core/quoted-objects.js';

export type KubectlFailure =
  'unreachable' | 'unauthorized' | 'forbidden' | 'not-found' | 'already-exists' | 'conflict' | 'refused' | 'other';

const PATTERNS: readonly (readonly [RegExp, KubectlFailure])[] = [
  [
    /\(Unauthorized\)|You must be logged in|the server has asked for the client to provide credentials/i,
    'unauthorized',
  ],
  // Without credentials kubectl asks for a user name, and finds nobody at the keyboard.
  [/Please enter (?:Username|Password)|getting credentials: exec/i, 'unauthorized'],
  [/\(Forbidden\)|is forbidden: User|cannot (?:get|list|create|patch|update|delete) resource/i, 'forbidden'],
  [/\(AlreadyExists\)|already exists/i, 'already-exists'],
  [/\(Conflict\)|the object has been modified|Apply failed with \d+ conflict/i, 'conflict'],
  [/\(NotFound\)|not found$/im, 'not-found'],
  [
    /connection refused|was refused|Unable to connect to the server|no such host|i\/o timeout|TLS handshake|x509:|tls:|context deadline exceeded|Client\.Timeout|EOF$|connection reset|network is unreachable|no route to host|ServiceUnavailable|server is currently unable|etcdserver|GatewayTimeout|(?:http2: )?client connection lost|server is shutting down/im,
    'unreachable',
  ],
  // The last one is what a JSON Patch whose `test` fails gets.
  [/\((?:Invalid|BadRequest)\)|denied the request|exceeded quota|The request is invalid/i, 'refused'],
];

/** The kind of failure that standard error tells of. */
export function classifyFailure(stderr: string): KubectlFailure {
  for (const [pattern, kind] of PATTERNS) if (pattern.test(stderr)) return kind;
  return 'other';
}

export const ERROR_CODES: Readonly<Record<KubectlFailure, ErrorCode>> = {
  unreachable: 'unreachable',
  unauthorized: 'unauthorized',
  forbidden: 'unauthorized',
  'not-found': 'not-found',
  'already-exists': 'conflict',
  conflict: 'conflict',
  refused: 'refused',
  other: 'tool',
};

/** The message without klog's lines and kubectl's prefixes: what a person needs of it. */
export function failureText(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[EWIF]\d{4} /.test(line))
    .map((line) => withoutObjects(line.replace(/^(?:error|Error from server(?: \(\w+\))?): /, '')));
  const said = lines.slice(-6).join(' ');
  return said === '' ? (stderr.trim().split('\n').at(-1) ?? '') : said;
}

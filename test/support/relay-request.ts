/** Webhook calls as registries make them: test/fixtures/relay, changed as a test needs. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { AuthConfig } from '../../src/relay/authenticity/auth-config.js';
import type { Parsed, RelayRequest, SourceConfig } from '../../src/relay/provider.js';
import { providerNamed } from '../../src/relay/providers.js';
import { projectRoot } from './services.js';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Recorded {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** A call's headers and its body, a new copy every time. */
export function recorded(name: string): Recorded {
  return JSON.parse(readFileSync(path.join(projectRoot, `test/fixtures/relay/${name}.json`), 'utf8')) as Recorded;
}

/** Something of an event set to something else; `undefined` takes it away. */
export function changed(body: Json, pointer: string, value: Json | undefined): Json {
  const copy = structuredClone(body);
  const keys = pointer.split('/').slice(1);
  const last = keys.pop() ?? '';
  let at = copy as Record<string, Json>;
  for (const key of keys) at = at[key] as Record<string, Json>;
  if (value === undefined) Reflect.deleteProperty(at, last);
  else at[last] = value;
  return copy;
}

export interface RequestParts {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or bytes as they are. */
  readonly body?: Json | Uint8Array;
}

export function relayRequest({ path: at = '/source', headers = {}, body = {} }: RequestParts): RelayRequest {
  return {
    method: 'POST',
    path: at,
    query: new URLSearchParams(),
    headers: new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body)),
  };
}

export function sourceOf(provider: string, rest: { registry?: string; auth?: AuthConfig } = {}): SourceConfig {
  return { name: 'source', provider, auth: { kind: 'none' }, ...rest };
}

/** What a provider makes of a call. */
export function parsed(provider: string, parts: RequestParts, registry?: string): Parsed {
  const source = sourceOf(provider, registry === undefined ? {} : { registry });
  return providerNamed(provider, 'test').parse(relayRequest(parts), source);
}

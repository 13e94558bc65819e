import type { InputReader } from '../core/action.js';
import { HelmCdError } from '../core/errors.js';
import type { StoreAccess } from './store.js';

/**
 * A login, and where S3 is.
 * @param prefix before the inputs' names: empty, or `from-`.
 * @throws HelmCdError `input` when there is a password without a user, or a malformed endpoint.
 */
export function readStoreLogin(reader: InputReader, prefix = ''): Required<Omit<StoreAccess, 'token'>> {
  const access = {
    username: reader.string(`${prefix}username`),
    password: reader.secret(`${prefix}password`),
    endpointUrl: reader.string(`${prefix}endpoint-url`),
    region: reader.string(`${prefix}region`),
  };
  if ((access.username === '') !== (access.password === '')) {
    const [given, missing] = access.username === '' ? ['password', 'username'] : ['username', 'password'];
    throw new HelmCdError('input', `Input "${prefix}${given}" is given without "${prefix}${missing}".`, {
      hint: 'Give both or neither.',
    });
  }
  if (access.endpointUrl !== '' && !/^https?:\/\/[^/@\s]+/.test(access.endpointUrl)) {
    throw new HelmCdError('input', `Input "${prefix}endpoint-url" is no http(s) URL: "${access.endpointUrl}"`, {
      hint: 'Write https://s3.example.com or http://127.0.0.1:7070.',
    });
  }
  return access;
}

/**
 * The inputs that say how to reach a chart repository.
 * @throws HelmCdError `input` when there is a password without a user, or a malformed endpoint.
 */
export function readStoreAccess(reader: InputReader): Required<StoreAccess> {
  return { ...readStoreLogin(reader), token: reader.secret('token') };
}

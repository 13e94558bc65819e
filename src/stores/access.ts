import type { InputReader } from '../core/action.js';
import { HelmCdError } from '../core/errors.js';
import type { StoreAccess } from './store.js';

/**
 * The inputs that say how to reach a chart repository.
 * @throws HelmCdError `input` when there is a password without a user, or a malformed endpoint.
 */
export function readStoreAccess(reader: InputReader): Required<StoreAccess> {
  const access = {
    username: reader.string('username'),
    password: reader.secret('password'),
    endpointUrl: reader.string('endpoint-url'),
    region: reader.string('region'),
    token: reader.secret('token'),
  };
  if ((access.username === '') !== (access.password === '')) {
    const [given, missing] = access.username === '' ? ['password', 'username'] : ['username', 'password'];
    throw new HelmCdError('input', `Input "${given}" is given without "${missing}".`, {
      hint: 'Give both or neither.',
    });
  }
  if (access.endpointUrl !== '' && !/^https?:\/\/[^/@\s]+/.test(access.endpointUrl)) {
    throw new HelmCdError('input', `Input "endpoint-url" is no http(s) URL: "${access.endpointUrl}"`, {
      hint: 'Write https://s3.example.com or http://127.0.0.1:7070.',
    });
  }
  return access;
}

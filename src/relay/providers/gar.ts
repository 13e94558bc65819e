import { HelmCdError } from '../../core/errors.js';
import type { Provider } from '../provider.js';
import { EventField, parseJson, readEvent, shown } from './event-field.js';
import { ignored, imageOn, Pushes, splitReference } from './pushes.js';

/** What the message says: in base64 in Pub/Sub's envelope, or alone where payload unwrapping is on. */
function noticeIn(event: EventField): EventField {
  if (event.get('message').absent && !event.get('action').absent) return event;
  const data = event.get('message').get('data');
  const text = data.someText();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw new HelmCdError('input', `The event’s ${data.path} is no base64.`);
  const notice = new EventField(parseJson(Buffer.from(text, 'base64'), `The event’s ${data.path}`), data.path);
  notice.keys();
  return notice;
}

/** The whole reference `host/path@sha256:…` holds the digest. */
function digestIn(field: EventField): EventField {
  const text = field.textOrEmpty();
  return new EventField(text === '' ? undefined : text.slice(text.lastIndexOf('@') + 1), field.path);
}

/**
 * Google Artifact Registry (and Container Registry) by a Pub/Sub push subscription (cloud.google.com: "Configure Pub/Sub
 * notifications"). Pub/Sub can send a token of OpenID Connect along.
 */
export const gar: Provider = {
  name: 'gar',
  auth: { kinds: ['oidc', 'path'] },
  parse(request, source) {
    const notice = noticeIn(readEvent(request));
    const action = notice.get('action').someText();
    if (action !== 'INSERT') return ignored(`${notice.path}.action is ${shown(action)}: nothing was pushed`);
    const tag = notice.get('tag');
    if (tag.textOrEmpty() === '') return ignored(`${tag.path} is missing: pushed by digest`);
    const { host, repository } = splitReference(tag);
    const reference = tag.text();
    const name = `${host}/${repository}`;
    const digest = notice.get('digest');
    if (digest.textOrEmpty() !== '' && !digest.text().startsWith(`${name}@`)) {
      throw new HelmCdError('input', `The event’s ${digest.path} is of another image than ${tag.path}.`);
    }
    const pushes = new Pushes();
    const tagName = new EventField(reference.slice(name.length + 1), tag.path);
    pushes.add(
      imageOn(source, () => host, repository),
      tag,
      tagName,
      digestIn(digest),
    );
    return pushes.result();
  },
};

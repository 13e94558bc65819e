import { HelmCdError } from '../../core/errors.js';
import { parseImageReference } from '../../core/image-reference.js';
import type { Provider, SourceConfig } from '../provider.js';
import { EventField, readEvent, shown } from './event-field.js';
import { imageOn, originOf, Pushes } from './pushes.js';

/** `host/name:tag`, with or without a digest. Without a host only where a registry is configured. */
function addImage(field: EventField, event: EventField, source: SourceConfig, pushes: Pushes): void {
  const text = field.someText();
  const image = parseImageReference(text);
  if (image === undefined) {
    throw new HelmCdError('input', `The event’s ${field.path} is no image reference: ${shown(text)}`, {
      hint: 'Write it as ghcr.io/acme/api:1.2.3 or ghcr.io/acme/api:1.2.3@sha256:….',
    });
  }
  const slash = image.name.indexOf('/');
  const name =
    source.registry === undefined
      ? imageOn(source, () => image.name.slice(0, Math.max(slash, 0)), image.name.slice(slash + 1))
      : imageOn(source, () => '', image.name);
  const tag = image.tag === undefined ? event.get('tag') : new EventField(image.tag, field.path);
  tag.someText();
  const digest = image.digest === undefined ? event.get('digest') : new EventField(image.digest, field.path);
  pushes.add(
    name,
    field,
    tag,
    digest,
    originOf(event.get('revision').textOrEmpty(), event.get('source').textOrEmpty()),
  );
}

/**
 * helm-cd's own shape, for what has no webhooks or whose webhooks can be shaped:
 * `{"image": "ghcr.io/acme/api:1.2.3"}`, optionally with `tag`, `digest`, `revision` and `source`, or
 * `{"images": ["ghcr.io/acme/api:1.2.3", …]}`.
 */
export const generic: Provider = {
  name: 'generic',
  auth: {
    kinds: ['hmac', 'oidc', 'bearer', 'header', 'path'],
    hmac: { header: 'x-signature', algorithm: 'sha256', prefix: 'sha256=' },
    header: 'authorization',
  },
  parse(request, source) {
    const event = readEvent(request);
    const pushes = new Pushes();
    const several = event.get('images');
    if (several.absent) addImage(event.get('image'), event, source, pushes);
    else for (const item of several.items()) addImage(item, new EventField({}), source, pushes);
    return pushes.result();
  },
};

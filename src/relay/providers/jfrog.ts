import { HelmCdError } from '../../core/errors.js';
import type { Provider, SourceConfig } from '../provider.js';
import { EventField, readEvent, shown } from './event-field.js';
import { ignored, imageOn, Pushes } from './pushes.js';

const IMAGE_TYPES = ['', 'docker', 'oci'];

/** A configured registry stands for everything before the image's name; otherwise the repository's key is part of it. */
function imageIn(event: EventField, data: EventField, source: SourceConfig): string {
  const name = data.get('image_name').someText();
  if (source.registry !== undefined) return `${source.registry}/${name}`;
  const origin = event.get('jpd_origin');
  const url = URL.canParse(origin.someText()) ? new URL(origin.text()) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new HelmCdError('input', `The event’s ${origin.path} is no address: ${shown(origin.text())}`);
  }
  return imageOn(source, () => url.host, `${data.get('repo_key').someText()}/${name}`);
}

/** `sha256` is that of the manifest's file, which is what a digest is. */
function digestIn(data: EventField): EventField {
  const field = data.get('sha256');
  const hex = field.textOrEmpty();
  return new EventField(hex === '' || hex.startsWith('sha256:') ? hex : `sha256:${hex}`, field.path);
}

/** JFrog Artifactory's webhooks of the domain "docker" (jfrog.com: "Event Types", "Docker"). */
export const jfrog: Provider = {
  name: 'jfrog',
  auth: {
    kinds: ['hmac', 'header', 'path'],
    hmac: { header: 'x-jfrog-event-auth', algorithm: 'sha256', prefix: '' },
    header: 'x-jfrog-event-auth',
  },
  parse(request, source) {
    const event = readEvent(request);
    const domain = event.get('domain').someText();
    const type = event.get('event_type').someText();
    if (domain !== 'docker' || type !== 'pushed')
      return ignored(`${shown(domain)} ${shown(type)}: no image was pushed`);
    const data = event.get('data');
    const kind = data.get('image_type').textOrEmpty();
    if (!IMAGE_TYPES.includes(kind.toLowerCase()))
      return ignored(`${data.path}.image_type is ${shown(kind)}: no image`);
    const pushes = new Pushes();
    pushes.add(imageIn(event, data, source), data.get('image_name'), data.get('tag'), digestIn(data));
    return pushes.result();
  },
};

import type { Provider } from '../provider.js';
import { EventField, readEvent } from './event-field.js';
import { ignored, imageOn, Pushes, splitReference } from './pushes.js';

/** What Quay's other notifications have, and pushes have not. */
const OTHERS = {
  vulnerability: 'a vulnerability',
  build_id: 'a build',
  message: 'mirroring',
  expiring_at: 'an expiry',
};

/** Tags in a list; in 2013 they were the keys of an object, with the ids of their images. */
function tagsOf(tags: EventField): readonly EventField[] {
  if (Array.isArray(tags.value)) return tags.items();
  return new EventField(tags.keys(), tags.path).items();
}

/** Quay's notification "Push to Repository" (docs.quay.io: "Repository Notifications"). Neither signed nor with a digest. */
export const quay: Provider = {
  name: 'quay',
  auth: { kinds: ['path'] },
  parse(request, source) {
    const event = readEvent(request);
    const updated = event.get('updated_tags');
    const other = Object.entries(OTHERS).find(([key]) => !event.get(key).absent);
    if (updated.absent && other !== undefined) return ignored(`a notification about ${other[1]}, not about a push`);
    const url = event.get('docker_url');
    const repository = event.get('repository');
    const place =
      url.textOrEmpty() === '' ? { host: 'quay.io', repository: repository.someText() } : splitReference(url);
    const image = imageOn(source, () => place.host, place.repository);
    const pushes = new Pushes();
    const tags = tagsOf(updated);
    if (tags.length === 0) pushes.ignore(`${updated.path} is empty`);
    for (const tag of tags) {
      tag.someText();
      pushes.add(image, url.absent ? repository : url, tag);
    }
    return pushes.result();
  },
};

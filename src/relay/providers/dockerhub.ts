import type { Provider } from '../provider.js';
import { readEvent } from './event-field.js';
import { imageOn, Pushes } from './pushes.js';

/**
 * Docker Hub's webhooks (docs.docker.com: "Docker Hub webhooks"). They are not signed, name no digest, and come several
 * times for one multi-platform push. `callback_url` is never called: it is an address that a forger chooses.
 */
export const dockerhub: Provider = {
  name: 'dockerhub',
  auth: { kinds: ['path'] },
  parse(request, source) {
    const event = readEvent(request);
    const pushes = new Pushes();
    const data = event.get('push_data');
    const name = event.get('repository').get('repo_name');
    const image = imageOn(source, () => 'docker.io', name.someText());
    const tag = data.get('tag');
    tag.someText();
    if (pushes.isImage(data.get('media_type'), data.path)) pushes.add(image, name, tag);
    return pushes.result();
  },
};

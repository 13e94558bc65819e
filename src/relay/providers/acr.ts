import type { Provider } from '../provider.js';
import { readEvent, shown } from './event-field.js';
import { ignored, imageOn, Pushes } from './pushes.js';

/** Azure Container Registry's webhooks (learn.microsoft.com: "Azure Container Registry webhook reference"). */
export const acr: Provider = {
  name: 'acr',
  auth: { kinds: ['header', 'path'], header: 'authorization' },
  parse(request, source) {
    const event = readEvent(request);
    const action = event.get('action').someText();
    if (action !== 'push') return ignored(`$.action is ${shown(action)}: no image was pushed`);
    const target = event.get('target');
    const name = target.get('repository');
    const pushes = new Pushes();
    const image = imageOn(source, () => event.get('request').get('host').someText(), name.someText());
    if (pushes.isImage(target.get('mediaType'), target.path)) {
      pushes.add(image, name, target.get('tag'), target.get('digest'));
    }
    return pushes.result();
  },
};

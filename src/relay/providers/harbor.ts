import type { Provider } from '../provider.js';
import { readEvent, shown } from './event-field.js';
import { ignored, imageOn, Pushes, splitReference } from './pushes.js';

/** Of the formats Default (Harbor 2, and 1) and CloudEvents. */
const PUSHED = ['PUSH_ARTIFACT', 'pushImage', 'harbor.artifact.pushed'];

/** Harbor's webhooks (goharbor.io: "Configure Webhook Notifications"). The "Auth Header" is sent as it was entered. */
export const harbor: Provider = {
  name: 'harbor',
  auth: { kinds: ['header', 'path'], header: 'authorization' },
  parse(request, source) {
    const event = readEvent(request);
    const type = event.get('type').someText();
    if (!PUSHED.includes(type)) return ignored(`$.type is ${shown(type)}: nothing was pushed`);
    const data = event.get(event.get('specversion').absent ? 'event_data' : 'data');
    const name = data.get('repository').get('repo_full_name');
    const pushes = new Pushes();
    for (const resource of data.get('resources').items()) {
      const host = (): string => splitReference(resource.get('resource_url')).host;
      pushes.add(imageOn(source, host, name.someText()), name, resource.get('tag'), resource.get('digest'));
    }
    return pushes.result();
  },
};

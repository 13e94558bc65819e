import type { Provider } from '../provider.js';
import { readEvent, shown } from './event-field.js';
import { ignored, imageOn, Pushes } from './pushes.js';

const COMPONENTS = 'rm:repository:component';

/** Sonatype Nexus Repository 3's webhooks (help.sonatype.com: "Working With Webhooks"), of type "repository component". */
export const nexus: Provider = {
  name: 'nexus',
  needsRegistry: true,
  auth: {
    kinds: ['hmac', 'path'],
    hmac: { header: 'x-nexus-webhook-signature', algorithm: 'sha1', prefix: '' },
  },
  parse(request, source) {
    const id = request.headers.get('x-nexus-webhook-id') ?? '';
    if (id !== '' && id !== COMPONENTS) return ignored(`X-Nexus-Webhook-Id is ${shown(id)}, not ${COMPONENTS}`);
    const event = readEvent(request);
    const action = event.get('action').someText();
    if (!['CREATED', 'UPDATED'].includes(action)) return ignored(`$.action is ${shown(action)}: nothing was pushed`);
    const component = event.get('component');
    const format = component.get('format').someText();
    if (format !== 'docker') return ignored(`${component.path}.format is ${shown(format)}, not docker`);
    const name = component.get('name');
    const version = component.get('version');
    version.someText();
    const pushes = new Pushes();
    pushes.add(
      imageOn(source, () => '', name.someText()),
      name,
      version,
    );
    return pushes.result();
  },
};

import type { Provider } from '../provider.js';
import { readEvent } from './event-field.js';
import { imageOn, Pushes } from './pushes.js';

/** Alibaba Cloud Container Registry's triggers (alibabacloud.com: "Manage webhooks"). They are not signed. */
export const alibaba: Provider = {
  name: 'alibaba',
  auth: { kinds: ['path'] },
  parse(request, source) {
    const event = readEvent(request);
    const data = event.get('push_data');
    const repository = event.get('repository');
    const name = repository.get('repo_full_name');
    const host = (): string => `registry.${repository.get('region').someText()}.aliyuncs.com`;
    const pushes = new Pushes();
    pushes.add(imageOn(source, host, name.someText()), name, data.get('tag'), data.get('digest'));
    return pushes.result();
  },
};

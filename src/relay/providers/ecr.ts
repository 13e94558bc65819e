import { HelmCdError } from '../../core/errors.js';
import type { Provider } from '../provider.js';
import { type EventField, readEvent, shown } from './event-field.js';
import { ignored, imageOn, Pushes } from './pushes.js';

const DOMAINS = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
] as const;

function hostOf(event: EventField): string {
  const account = event.get('account').someText();
  const region = event.get('region').someText();
  if (!/^\d{12}$/.test(account)) throw event.get('account').wrong('an account of twelve digits');
  if (!/^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/.test(region)) throw event.get('region').wrong('a region such as eu-west-1');
  const partition = DOMAINS.find(([prefix]) => region.startsWith(prefix));
  return `${account}.dkr.ecr.${region}.${partition?.[1] ?? 'amazonaws.com'}`;
}

/**
 * Amazon ECR's events as EventBridge sends them to an API destination (docs.aws.amazon.com: "Amazon ECR events and
 * EventBridge"): the whole event, without an input transformer.
 */
export const ecr: Provider = {
  name: 'ecr',
  auth: { kinds: ['header', 'bearer', 'path'], header: 'authorization' },
  parse(request, source) {
    const event = readEvent(request);
    const type = event.get('detail-type').someText();
    if (event.get('source').someText() !== 'aws.ecr') {
      throw new HelmCdError('input', `The event’s $.source is not aws.ecr: ${shown(event.get('source').text())}`);
    }
    if (type !== 'ECR Image Action') return ignored(`$["detail-type"] is ${shown(type)}`);
    const detail = event.get('detail');
    const action = detail.get('action-type').someText();
    const result = detail.get('result').someText();
    if (action !== 'PUSH' || result !== 'SUCCESS') return ignored(`${shown(action)} with result ${shown(result)}`);
    const name = detail.get('repository-name');
    const image = imageOn(source, () => hostOf(event), name.someText());
    const pushes = new Pushes();
    const isImage = ['manifest-media-type', 'artifact-media-type'].every((key) =>
      pushes.isImage(detail.get(key), detail.path),
    );
    if (isImage) pushes.add(image, name, detail.get('image-tag'), detail.get('image-digest'));
    return pushes.result();
  },
};

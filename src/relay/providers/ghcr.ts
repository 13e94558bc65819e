import { HelmCdError } from '../../core/errors.js';
import type { Parsed, Provider, RelayRequest, SourceConfig } from '../provider.js';
import { EventField, parseJson, readEvent, shown } from './event-field.js';
import { ignored, imageOn, type Origin, originOf, Pushes, splitReference } from './pushes.js';

const EVENTS = ['registry_package', 'package'];
const CONTAINERS = ['container', 'docker'];
const ACTIONS = ['published', 'updated'];

/** GitHub sends a form with the field `payload` unless the webhook's content type is set to JSON. */
function eventOf(request: RelayRequest): EventField {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) return readEvent(request);
  const payload = new URLSearchParams(Buffer.from(request.body).toString('latin1')).get('payload');
  if (payload === null) throw new HelmCdError('input', 'The request’s form has no field "payload".');
  const event = new EventField(parseJson(Buffer.from(payload), 'The form’s field "payload"'));
  event.keys();
  return event;
}

/** What the image's labels say. `target_oid` is not used: it is where a branch was, not what the image was built from. */
function originIn(container: EventField): Origin {
  const labels = container.find('labels');
  if (labels.absent) return {};
  const all = labels.find('all_labels');
  const label = (short: string): string => {
    const whole = all.absent ? '' : all.get(`org.opencontainers.image.${short}`).textOrEmpty();
    return whole === '' ? labels.get(short).textOrEmpty() : whole;
  };
  return originOf(label('revision'), label('source'));
}

/** `repository` is not looked at: it is the source's, and need not be named as the package is. */
function imageIn(details: EventField, version: EventField, source: SourceConfig): { image: string; field: EventField } {
  const url = version.get('package_url');
  if (url.textOrEmpty() !== '') {
    const { host, repository } = splitReference(url);
    return { image: imageOn(source, () => host, repository.toLowerCase()), field: url };
  }
  const owner = details.get('owner').get('login').someText();
  const field = details.get('name');
  return { image: imageOn(source, () => 'ghcr.io', `${owner}/${field.someText()}`.toLowerCase()), field };
}

function parsePackage(event: EventField, root: string, source: SourceConfig): Parsed {
  const action = event.get('action').someText();
  if (!ACTIONS.includes(action)) return ignored(`$.action is ${shown(action)}: nothing was pushed`);
  const details = event.get(root);
  const types = ['package_type', 'ecosystem'].map((key) => details.get(key).textOrEmpty());
  if (!types.some((type) => CONTAINERS.includes(type.toLowerCase()))) {
    return ignored(`${details.path} is no container image: ${shown(types.find((type) => type !== '') ?? '')}`);
  }
  const pushes = new Pushes();
  const version = details.get('package_version');
  const { image, field } = imageIn(details, version, source);
  const container = version.get('container_metadata');
  if (container.absent) return ignored(`${container.path} is missing: GitHub tells no tag`);
  const manifest = container.find('manifest');
  const isImage =
    pushes.isImage(manifest.find('media_type'), manifest.path) &&
    pushes.isImage(manifest.find('config', 'media_type'), `${manifest.path}.config`);
  if (!isImage) return pushes.result();
  const tag = container.find('tag', 'name');
  // A part of a multi-platform image has an empty tag, and its own digest as the version's name, which is no tag.
  if (tag.textOrEmpty() === '') return ignored(`${tag.path} is empty: a part of a multi-platform image`);
  const own = container.find('tag', 'digest');
  pushes.add(image, field, tag, own.textOrEmpty() === '' ? manifest.find('digest') : own, originIn(container));
  return pushes.result();
}

/** GitHub's container registry: the events `registry_package` and `package`, one for each manifest. */
export const ghcr: Provider = {
  name: 'ghcr',
  auth: {
    kinds: ['hmac', 'path'],
    hmac: { header: 'x-hub-signature-256', algorithm: 'sha256', prefix: 'sha256=' },
  },
  parse(request, source) {
    const name = request.headers.get('x-github-event') ?? '';
    if (name === '') {
      throw new HelmCdError('input', 'The request has no header X-GitHub-Event.', {
        hint: 'Is the source’s provider the registry that sends these events?',
      });
    }
    if (!EVENTS.includes(name)) return ignored(`X-GitHub-Event is ${shown(name)}, not about packages`);
    const event = eventOf(request);
    const root = [name, ...EVENTS].find((key) => !event.get(key).absent) ?? name;
    return parsePackage(event, root, source);
  },
};

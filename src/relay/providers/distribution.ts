import { HelmCdError } from '../../core/errors.js';
import type { Parsed, Provider, RelayRequest, SourceConfig } from '../provider.js';
import { type EventField, readEvent, shown } from './event-field.js';
import { imageOn, Pushes } from './pushes.js';

function readOne(event: EventField, source: SourceConfig, pushes: Pushes): void {
  const action = event.get('action').someText();
  if (action !== 'push') return pushes.ignore(`action ${shown(action)}`);
  const target = event.get('target');
  if (target.get('tag').textOrEmpty() === '') return pushes.ignore('pushes of layers, and of manifests without a tag');
  if (!pushes.isImage(target.get('mediaType'), target.path)) return;
  const name = target.get('repository');
  const image = imageOn(source, () => event.get('request').get('host').someText(), name.someText());
  pushes.add(image, name, target.get('tag'), target.get('digest'));
}

/**
 * Reads an envelope of the CNCF Distribution registry. One event that makes no sense does not cost the others: the
 * registry would send the whole envelope again and again, and nothing after it. It is ignored, and why is told.
 */
function parseEnvelope(request: RelayRequest, source: SourceConfig): Parsed {
  const pushes = new Pushes();
  for (const event of readEvent(request).get('events').items()) {
    try {
      readOne(event, source, pushes);
    } catch (error) {
      if (!(error instanceof HelmCdError) || error.code !== 'input') throw error;
      pushes.ignore(error.message);
    }
  }
  return pushes.result();
}

/**
 * The CNCF Distribution registry's notifications (distribution.github.io: "Work with notifications"), with whatever
 * headers its configuration names.
 */
export const distribution: Provider = {
  name: 'distribution',
  auth: { kinds: ['header', 'bearer', 'path'], header: 'authorization' },
  parse: parseEnvelope,
};

/**
 * GitLab has no webhook for its container registry. On a self-managed GitLab the administrator can have the registry,
 * which is Distribution, send notifications (`registry['notifications']`).
 */
export const gitlab: Provider = {
  name: 'gitlab',
  auth: { kinds: ['header', 'bearer', 'path'], header: 'x-gitlab-token' },
  parse: parseEnvelope,
};

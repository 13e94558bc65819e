/** What the API server refuses of volumes and their mounts although the schema is content. */
import { fieldsAt, itemsAt, type Container, type PodSpec } from '../core/pod-specs.js';
import { checkOneOf, checkUnique, isNegative, isSet, refuse, type Report } from './field-checks.js';

const VOLUME_FIELDS = /^metadata\.(?:name|namespace|uid|labels|annotations|labels\['.+'\]|annotations\['.+'\])$/;

/** Where a container has its volumes. */
export function checkMounts({ content, path }: Container, report: Report): void {
  const privileged = fieldsAt(content, ['securityContext'])['privileged'] === true;
  const mounts = itemsAt(content, 'volumeMounts', path);
  for (const mount of mounts) {
    checkOneOf(
      mount.content,
      ['subPath', 'subPathExpr'].filter((name) => mount.content[name] !== ''),
      mount.path,
      report,
      'at most one',
    );
    if (mount.content['mountPropagation'] === 'Bidirectional' && !privileged) {
      refuse(report, [...mount.path, 'mountPropagation'], 'can be Bidirectional in privileged containers only');
    }
  }
}

/** What the volumes of a pod are made of. */
export function checkVolumeSources(pod: PodSpec, report: Report): void {
  const volumes = itemsAt(pod.content, 'volumes', pod.path);
  for (const { content, path } of volumes) {
    const sources = Object.keys(content).filter((name) => name !== 'name' && isSet(content[name]));
    if (sources.length > 1) refuse(report, [...path, sources[1] ?? ''], `cannot be there beside ${sources[0] ?? ''}`);
    const claim = fieldsAt(content, ['ephemeral', 'volumeClaimTemplate', 'spec']);
    if (isSet(content['ephemeral']) && !isSet(fieldsAt(claim, ['resources', 'requests'])['storage'])) {
      const at = [...path, 'ephemeral', 'volumeClaimTemplate', 'spec', 'resources', 'requests', 'storage'];
      refuse(report, at, 'is needed', 'missing-field');
    }
    if (isNegative(fieldsAt(content, ['emptyDir'])['sizeLimit'])) {
      refuse(report, [...path, 'emptyDir', 'sizeLimit'], 'must not be negative');
    }
    for (const item of itemsAt(fieldsAt(content, ['downwardAPI']), 'items', [...path, 'downwardAPI'])) {
      checkVolumeField(item, report);
    }
    const projected = itemsAt(fieldsAt(content, ['projected']), 'sources', [...path, 'projected']);
    for (const source of projected) {
      for (const item of itemsAt(fieldsAt(source.content, ['downwardAPI']), 'items', [...source.path, 'downwardAPI'])) {
        checkVolumeField(item, report);
      }
    }
    const files = projected.flatMap((source) =>
      ['configMap', 'secret', 'downwardAPI'].flatMap((kind) =>
        itemsAt(fieldsAt(source.content, [kind]), 'items', [...source.path, kind]),
      ),
    );
    checkUnique(files, (file) => (typeof file['path'] === 'string' ? file['path'] : undefined), 'path', report);
  }
}

function checkVolumeField({ content, path }: Container, report: Report): void {
  const { fieldPath } = fieldsAt(content, ['fieldRef']);
  if (typeof fieldPath !== 'string' || VOLUME_FIELDS.test(fieldPath)) return;
  refuse(report, [...path, 'fieldRef', 'fieldPath'], 'is no field that a volume can have');
}

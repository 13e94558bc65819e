import { describe, expect, it } from '@jest/globals';
import { tagChains, TagChains } from '../../../src/core/tag-chains.js';

/** What the tag of the image at `.Values.image` comes from: `own`, `values:…`, `app-version:prefix`, `literal`. */
function chain(template: string, pointer: readonly string[] = ['image']): readonly string[] | undefined {
  const found = new TagChains(tagChains(template)).of({ pointer, nameKey: 'repository', tagKey: 'tag' });
  return found?.links.map(({ kind, path, prefix }) => {
    const at =
      kind === 'literal'
        ? kind
        : kind === 'app-version'
          ? 'appVersion'
          : `${kind === 'values' ? '' : '*.'}${path.join('.')}`;
    return prefix === '' ? at : `${prefix}+${at}`;
  });
}

const OWN = 'image.tag';
const APP = 'appVersion';
const GLOBAL = 'global.imageTag';

describe('where a tag comes from', () => {
  it.each<[string, readonly string[] | undefined]>([
    ['image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"', [OWN]],
    ['{{ .Values.image.tag | default .Chart.AppVersion }}', [OWN, APP]],
    ['{{ default .Chart.AppVersion .Values.image.tag }}', [OWN, APP]],
    ['{{ default .Chart.AppVersion (default .Values.global.imageTag .Values.image.tag) }}', [OWN, GLOBAL, APP]],
    ['{{ coalesce .Values.image.tag .Values.global.imageTag .Chart.AppVersion | quote }}', [OWN, GLOBAL, APP]],
    ['{{- or $.Values.image.tag $root.Values.global.imageTag -}}', [OWN, GLOBAL]],
    ['{{ .Values.global.imageTag | default .Values.image.tag }}', [GLOBAL, OWN]],
    ['{{ .Values.image.tag | default (printf "v%s" .Chart.AppVersion) | trimSuffix "-x" }}', [OWN, 'v+appVersion']],
    ['{{ .Values.image.tag | default "latest" }}', [OWN, 'literal']],
    ['{{ .Values.image.tag | default "" | default .Chart.AppVersion }}', [OWN, APP]],
    ['{{ (.Values.image).tag | default ((.Values.global).image).tag }}', [OWN, 'global.image.tag']],
    ['{{ index .Values "image" "tag" | default (get .Values.global "imageTag") }}', [OWN, GLOBAL]],
    ['{{ dig "image" "tag" .Chart.AppVersion .Values }}', [OWN, APP]],
    ['{{ required "a tag" (.Values.image.tag | default .Values.global.imageTag) }}', [OWN, GLOBAL]],
    ['{{ ternary .Values.image.tag .Values.global.imageTag .Values.x }}', [OWN, GLOBAL]],
    [
      'image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Values.global.imageTag) }}',
      [OWN, GLOBAL],
    ],
    ['{{ $tag := .Values.image.tag | default .Values.global.imageTag }}{{ $tag }}', [OWN, GLOBAL]],
    [
      '{{ $tag := .Values.image.tag }}{{ if not $tag }}{{ $tag = .Values.global.imageTag }}{{ end }}{{ $tag | default .Chart.AppVersion }}',
      [OWN, GLOBAL, APP],
    ],
    [
      '{{ $tag := .Values.image.tag }}{{ if .Values.global.imageTag }}{{ $tag = .Values.global.imageTag }}{{ end }}{{ $tag }}',
      [GLOBAL, OWN],
    ],
    [
      '{{ if .Values.image.tag }}{{ .Values.image.tag }}{{ else }}{{ .Values.global.imageTag }}{{ end }}',
      [OWN, GLOBAL],
    ],
    ['{{ if empty .Values.image.tag }}{{ .Chart.AppVersion }}{{ else }}{{ .Values.image.tag }}{{ end }}', [OWN, APP]],
    ['{{ with .Values.image.tag }}{{ . }}{{ else }}{{ .Chart.AppVersion }}{{ end }}', [OWN, APP]],
    [
      '{{ if .Values.image.tag }}a{{ else if .Values.global.imageTag }}{{ .Values.global.imageTag }}{{ else }}{{ .Chart.AppVersion }}{{ end }}',
      [OWN, GLOBAL, APP],
    ],
    ['{{ define "image" }}{{ .image.tag | default .root.Chart.AppVersion }}{{ end }}', ['*.image.tag', APP]],
    ['{{ .imageRoot.tag | default .global.imageTag }}', ['*.imageRoot.tag', GLOBAL]],
    ['{{ with .Values.image }}{{ .tag | default $.Values.global.imageTag }}{{ end }}', ['*.tag', GLOBAL]],
    ['image: "{{ .Values.image.repository }}:{{ .Values.global.imageTag }}"', [GLOBAL]],
    ['image: "{{ .Values.image.repository }}:{{ .Chart.AppVersion }}"', [APP]],
    ['image: "{{ include "repository" . }}:{{ .Chart.AppVersion }}"', [APP]],
    // Nothing about this image.
    ['image: "acme/api:{{ .Values.global.imageTag }}"', undefined],
    ['labels: {version: {{ .Chart.AppVersion | quote }}, tag: {{ .Values.global.imageTag }}}', undefined],
    ['image: "{{ .Values.web.image.tag | default .Chart.AppVersion }}"', undefined],
    ['image: "{{ .Values.web.image.repository }}:{{ .Values.global.imageTag }}"', undefined],
    ['{{/* .Values.image.tag | default .Chart.AppVersion */}}', undefined],
    ['{{ .Values.imagetag | default .Chart.AppVersion', undefined],
    ['{{ | ) ( := $x | default "', undefined],
    ['', undefined],
  ])('%s', (template, expected) => {
    expect(chain(template)).toEqual(expected);
  });

  it.each([
    ['image: acme/api:{{ .Values.tag }}', 'acme/api', ''],
    ['  "image": "localhost:5000/acme/api:v{{ .Chart.AppVersion }}" # c', 'localhost:5000/acme/api', 'v'],
    ["- image: 'acme/api:{{ .Values.tag }}'", 'acme/api', ''],
    ['image: {{ .Values.name }}:{{ .Values.tag }}', undefined, ''],
    ['image: acme/{{ .Values.name }}:{{ .Values.tag }}', undefined, ''],
  ])('knows an image whose name is in the template: %s', (template, name, prefix) => {
    const chains = new TagChains(tagChains(template));
    expect(chains.literal.map(({ literalName }) => literalName)).toEqual(name === undefined ? [] : [name]);
    if (name !== undefined) expect(chains.literal[0]?.links[0]?.prefix).toBe(prefix);
  });

  it('reads large and hostile templates', () => {
    const doubling = `{{ $x := .Values.image.tag }}${'{{ $x = printf "%s%s" $x $x }}'.repeat(100)}{{ $x | default .Chart.AppVersion }}`;
    expect(chain(doubling)).toEqual([OWN, APP]);
    expect(chain(`{{ ${'('.repeat(100_000)} }}{{ .Values.image.tag | default .Chart.AppVersion }}`)).toEqual([
      OWN,
      APP,
    ]);
    const oneLine = `image: ${'{{ .Values.a.tag | default .Values.image.tag }} '.repeat(3000)}`;
    expect(chain(oneLine)).toEqual(['a.tag', OWN]);
    expect(chain(`{{ ${'('.repeat(100)}.Values.image.tag${')'.repeat(100)} | default .Chart.AppVersion }}`)).toEqual([
      OWN,
      APP,
    ]);
  });

  it('takes the longest of several that name the tag', () => {
    const template = 'x: {{ .Values.image.tag }}\nimage: {{ .Values.image.tag | default .Values.global.imageTag }}\n';
    expect(chain(template)).toEqual([OWN, GLOBAL]);
  });

  it('takes what names the image before what is for all images', () => {
    const template = [
      '{{ define "image" }}{{ .image.tag | default .root.Chart.AppVersion }}{{ end }}',
      'image: "{{ .Values.web.image.repository }}:{{ .Values.web.image.tag | default .Values.global.imageTag }}"',
    ].join('\n');
    expect(chain(template, ['web', 'image'])).toEqual(['web.image.tag', GLOBAL]);
    expect(chain(template, ['api', 'image'])).toEqual(['*.image.tag', APP]);
  });
});

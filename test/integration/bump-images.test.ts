import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { bumped, chartYaml, planFor, type BumpCase, type Files } from '../support/bump.js';
import { writeFiles } from '../support/charts.js';
import { temporaryFolder, toolchainBin } from '../support/services.js';

jest.setTimeout(180_000);

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const API = 'ghcr.io/acme/api';
const WEB = 'ghcr.io/acme/web';
const VALUES = 'chart/values.yaml';

/** A chart of two workloads whose images are what the templates' text makes of the values. */
const chart = (values: string, api: string, web = `${WEB}:9.9.9`, more: Files = {}): Files => ({
  'chart/Chart.yaml': chartYaml('shop', '1.0.0', 'appVersion: "1.0.0"\n'),
  [VALUES]: values,
  'chart/templates/api.yaml': `kind: Pod\nimage: ${api}\n`,
  'chart/templates/web.yaml': `kind: Pod\nimage: ${web}\n`,
  ...more,
});

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder('helm-cd-bump-images-');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The images that helm renders, in order. */
async function images(helm: string, files: Files, overlays: readonly string[]): Promise<readonly string[]> {
  await rm(folder, { recursive: true, force: true });
  await writeFiles(folder, { ...files });
  const values = overlays.flatMap((file) => ['--values', path.join(folder, file)]);
  const rendered = execFileSync(
    path.join(toolchainBin, helm),
    ['template', 'x', path.join(folder, 'chart'), ...values],
    { encoding: 'utf8', env: { ...process.env, HOME: folder }, stdio: 'pipe' },
  );
  return [...rendered.matchAll(/^image: "?([^"\n]*)"?$/gm)].map((match) => match[1] ?? '').sort();
}

interface Case {
  readonly name: string;
  readonly files: Files;
  readonly bump: readonly string[];
  readonly overlays?: readonly string[];
  /** The images afterwards; before, the tag of each is 1.0.0 unless it is another one. */
  readonly after: readonly string[];
  readonly changed: readonly string[];
  readonly note?: string;
}

const OWN_OR = (fallback: string) => (name: string) =>
  `"{{ .Values.${name}.image.repository }}:{{ .Values.${name}.image.tag | default ${fallback} }}"`;
const both = (tags: string, more = '') =>
  `api: {image: {repository: ${API}, tag: ${tags}}}\nweb: {image: {repository: ${WEB}, tag: ${tags}}}\n${more}`;
const byGlobal = OWN_OR('.Values.global.imageTag');
const byGlobalImage = OWN_OR('.Values.global.image.tag');

const CASES: readonly Case[] = [
  {
    name: 'a tag of its own where the templates would fall back to a global one',
    files: chart(both('1.0.0', 'global: {imageTag: 0.1.0}\n'), byGlobal('api'), byGlobal('web')),
    bump: [`${API}:1.1.0`],
    after: [`${API}:1.1.0`, `${WEB}:1.0.0`],
    changed: [`${VALUES}#/api/image/tag`],
  },
  {
    name: 'global.imageTag that only this image uses',
    files: chart(
      `api: {image: {repository: ${API}, tag: ""}}\nglobal: {imageTag: 1.0.0}\n`,
      byGlobal('api'),
      `"${WEB}:1.0.0"`,
    ),
    bump: [`${API}:1.1.0`],
    after: [`${API}:1.1.0`, `${WEB}:1.0.0`],
    changed: [`${VALUES}#/global/imageTag`],
  },
  {
    name: 'global.image.tag, the tag key not there at all',
    files: chart(
      `api: {image: {repository: ${API}}}\nglobal: {image: {tag: 1.0.0}}\n`,
      byGlobalImage('api'),
      `"${WEB}:1.0.0"`,
    ),
    bump: [`${API}:1.20`],
    after: [`${API}:1.20`, `${WEB}:1.0.0`],
    changed: [`${VALUES}#/global/image/tag`],
  },
  {
    name: 'a global tag that all images that share it get',
    files: chart(both('""', 'global: {imageTag: 1.0.0}\n'), byGlobal('api'), byGlobal('web')),
    bump: [`${API}:1.1.0`, `${WEB}:1.1.0`],
    after: [`${API}:1.1.0`, `${WEB}:1.1.0`],
    changed: [`${VALUES}#/global/imageTag`],
  },
  {
    name: 'a global tag that another image has too: the image gets its own',
    files: chart(both('""', 'global: {imageTag: 1.0.0}\n'), byGlobal('api'), byGlobal('web')),
    bump: [`${API}:1.1.0`],
    after: [`${API}:1.1.0`, `${WEB}:1.0.0`],
    changed: [`${VALUES}#/api/image/tag`],
    note: `${API} gets its own tag: global.imageTag is the tag of ${WEB} too.`,
  },
  {
    name: 'a global tag that counts more than the own one',
    files: chart(
      `api: {image: {repository: ${API}, tag: 0.5.0}}\nglobal: {imageTag: 1.0.0}\n`,
      '"{{ .Values.api.image.repository }}:{{ .Values.global.imageTag | default .Values.api.image.tag }}"',
      `"${WEB}:1.0.0"`,
    ),
    bump: [`${API}:1.1.0`],
    after: [`${API}:1.1.0`, `${WEB}:1.0.0`],
    changed: [`${VALUES}#/global/imageTag`],
  },
  {
    name: 'an empty global tag: the own one',
    files: chart(both('1.0.0', 'global: {imageTag: ""}\n'), byGlobal('api'), byGlobal('web')),
    bump: [`${API}:1.1.0`],
    after: [`${API}:1.1.0`, `${WEB}:1.0.0`],
    changed: [`${VALUES}#/api/image/tag`],
  },
  {
    name: 'a global registry and a global tag, the repository alone in the component',
    files: chart(
      'api: {image: acme/api}\nglobal: {imageRegistry: ghcr.io, imageTag: 1.0.0}\n',
      '"{{ .Values.global.imageRegistry }}/{{ .Values.api.image }}:{{ .Values.global.imageTag }}"',
      `"${WEB}:1.0.0"`,
    ),
    bump: [`${API}:1.1.0`],
    after: [`${API}:1.1.0`, `${WEB}:1.0.0`],
    changed: [`${VALUES}#/global/imageTag`],
  },
  {
    name: 'a registry with a path in global.hub',
    files: chart(
      'api: {image: api}\nglobal: {hub: ghcr.io/acme, tag: 1.0.0}\n',
      '"{{ .Values.global.hub }}/{{ .Values.api.image }}:{{ .Values.global.tag }}"',
      `"${WEB}:1.0.0"`,
    ),
    bump: [`${API}:1.1.0`],
    after: [`${API}:1.1.0`, `${WEB}:1.0.0`],
    changed: [`${VALUES}#/global/tag`],
  },
  {
    name: 'a global tag and digest',
    files: chart(
      `api: {image: {repository: ${API}, tag: ""}}\nglobal: {image: {tag: 1.0.0, digest: "${A}"}}\n`,
      '"{{ .Values.api.image.repository }}:{{ .Values.api.image.tag | default .Values.global.image.tag }}@{{ .Values.global.image.digest }}"',
      `"${WEB}:1.0.0"`,
    ),
    bump: [`${API}:1.1.0@${B}`],
    after: [`${API}:1.1.0@${B}`, `${WEB}:1.0.0`],
    changed: [`${VALUES}#/global/image/tag`, `${VALUES}#/global/image/digest`],
  },
  {
    name: 'an overlay that sets the global tag',
    files: chart(both('""', 'global: {imageTag: 0.9.0}\n'), byGlobal('api'), `"${WEB}:1.0.0"`, {
      'chart/prod.yaml': 'global: {imageTag: 1.0.0}\n',
      'chart/develop.yaml': 'global: {imageTag: 1.0.5}\n',
    }),
    overlays: ['chart/prod.yaml'],
    bump: [`${API}:1.1.0`],
    after: [`${API}:1.1.0`, `${WEB}:1.0.0`],
    changed: ['chart/prod.yaml#/global/imageTag'],
  },
  {
    name: 'the same image in two environments’ overlays: only the chosen one',
    files: chart(both('0.9.0'), byGlobal('api'), `"${WEB}:1.0.0"`, {
      'chart/prod.yaml': 'global: {}\napi: {image: {tag: 1.0.0}}\n',
      'chart/develop.yaml': 'api: {image: {tag: 1.0.5}}\n',
    }),
    overlays: ['chart/prod.yaml'],
    bump: [`${API}:1.1.0`],
    after: [`${API}:1.1.0`, `${WEB}:1.0.0`],
    changed: ['chart/prod.yaml#/api/image/tag'],
  },
  {
    name: 'a subchart that takes the parent’s global tag',
    files: chart('global: {imageTag: 1.0.0}\n', `"${WEB}:1.0.0"`, `"${WEB}:1.0.0"`, {
      'chart/charts/sub/Chart.yaml': chartYaml('sub', '0.1.0'),
      'chart/charts/sub/values.yaml': `image: {repository: ${API}, tag: ""}\nglobal: {imageTag: 0.1.0}\n`,
      'chart/charts/sub/templates/x.yaml':
        'image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Values.global.imageTag }}"\n',
    }),
    bump: [`${API}:1.1.0`],
    after: [`${API}:1.1.0`, `${WEB}:1.0.0`, `${WEB}:1.0.0`],
    changed: [`${VALUES}#/global/imageTag`],
  },
  {
    name: 'a subchart under an alias whose empty tag the parent repeats: the subchart’s appVersion',
    files: {
      ...chart('two: {image: {tag: ""}}\n', `"${WEB}:1.0.0"`, `"${WEB}:1.0.0"`, {
        'chart/charts/sub/Chart.yaml': chartYaml('sub', '0.1.0', 'appVersion: 1.0.0\n'),
        'chart/charts/sub/values.yaml': `image: {repository: ${API}, tag: ""}\n`,
        'chart/charts/sub/templates/x.yaml':
          'image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"\n',
      }),
      'chart/Chart.yaml': chartYaml(
        'shop',
        '1.0.0',
        'dependencies: [{name: sub, alias: two, version: 0.x.x, repository: ""}]\n',
      ),
    },
    bump: [`${API}:1.1.0`],
    after: [`${API}:1.1.0`, `${WEB}:1.0.0`, `${WEB}:1.0.0`],
    changed: ['chart/charts/sub/Chart.yaml#/appVersion'],
  },
  {
    name: 'an alias that the parent gives its own tag',
    files: {
      ...chart('two: {image: {tag: 1.0.0}}\n', `"${WEB}:1.0.0"`, `"${WEB}:1.0.0"`, {
        'chart/charts/sub/Chart.yaml': chartYaml('sub', '0.1.0', 'appVersion: 0.9.0\n'),
        'chart/charts/sub/values.yaml': `image: {repository: ${API}, tag: ""}\n`,
        'chart/charts/sub/templates/x.yaml':
          'image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"\n',
      }),
      'chart/Chart.yaml': chartYaml(
        'shop',
        '1.0.0',
        'dependencies: [{name: sub, alias: two, version: 0.x.x, repository: ""}]\n',
      ),
    },
    bump: [`${API}:1.1.0`],
    after: [`${API}:1.1.0`, `${WEB}:1.0.0`, `${WEB}:1.0.0`],
    changed: [`${VALUES}#/two/image/tag`],
  },
  {
    name: 'a helper in a library chart that falls back to appVersion',
    files: chart(
      `image: {repository: ${API}, tag: ""}\n`,
      '"{{ include "lib.image" (dict "image" .Values.image "root" .) }}"',
      `"${WEB}:1.0.0"`,
      {
        'chart/charts/lib/Chart.yaml': chartYaml('lib', '0.1.0', 'type: library\n'),
        'chart/charts/lib/templates/_image.tpl':
          '{{- define "lib.image" -}}{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}{{- end }}\n',
      },
    ),
    bump: [`${API}:1.1.0`],
    after: [`${API}:1.1.0`, `${WEB}:1.0.0`],
    changed: ['chart/Chart.yaml#/appVersion'],
  },
  {
    name: 'an image whose name is in the templates',
    files: chart(
      'tags: {api: 1.0.0}\n',
      `"${API}:{{ .Values.tags.apiTag | default .Values.global.apiTag }}"`,
      `"${WEB}:1.0.0"`,
      {
        [VALUES]: 'tags: {}\nglobal: {apiTag: 1.0.0}\n',
      },
    ),
    bump: [`${API}:1.1.0`],
    after: [`${API}:1.1.0`, `${WEB}:1.0.0`],
    changed: [`${VALUES}#/global/apiTag`],
  },
  {
    name: 'an image whose name is in the templates, with appVersion',
    files: {
      ...chart('{}\n', `${API}:v{{ .Chart.AppVersion }}`, `"${WEB}:v1.0.0"`),
      'chart/Chart.yaml': chartYaml('shop', '1.0.0', 'appVersion: 1.0.0\n'),
    },
    bump: [`${API}:v1.1.0`],
    after: [`${API}:v1.1.0`, `${WEB}:v1.0.0`],
    changed: ['chart/Chart.yaml#/appVersion'],
  },
  {
    name: 'an appVersion that an image in the templates has too',
    files: chart(
      `api: {image: {repository: ${API}, tag: ""}}\n`,
      OWN_OR('.Chart.AppVersion')('api'),
      `"${WEB}:{{ .Chart.AppVersion }}"`,
    ),
    bump: [`${API}:1.1.0`],
    after: [`${API}:1.1.0`, `${WEB}:1.0.0`],
    changed: [`${VALUES}#/api/image/tag`],
    note: `${API} gets its own tag: appVersion is the tag of ${WEB} too.`,
  },
  {
    name: 'a v that the templates put before the tag',
    files: chart(
      `api: {image: {repository: ${API}, tag: 1.0.0}}\nweb: {image: {repository: ${WEB}, tag: 1.0.0}}\n`,
      '"{{ .Values.api.image.repository }}:v{{ .Values.api.image.tag }}"',
      '{{ .Values.web.image.repository }}:{{ printf "v%s" .Values.web.image.tag }}',
    ),
    bump: [`${API}:v1.1.0`, `${WEB}:v1.2.0`],
    after: [`${API}:v1.1.0`, `${WEB}:v1.2.0`],
    changed: [`${VALUES}#/api/image/tag`, `${VALUES}#/web/image/tag`],
  },
  {
    name: 'a v that the tag gets for the first time',
    files: chart(both('1.0.0', 'global: {}\n'), byGlobal('api'), byGlobal('web')),
    bump: [`${API}:v1.1.0`],
    after: [`${API}:v1.1.0`, `${WEB}:1.0.0`],
    changed: [`${VALUES}#/api/image/tag`],
  },
  {
    name: 'the tag of another image',
    files: chart(
      `image: {repository: ${API}, tag: 1.0.0}\nmigrate: {image: {repository: ${WEB}}}\n`,
      '"{{ .Values.image.repository }}:{{ .Values.image.tag }}"',
      '"{{ .Values.migrate.image.repository }}:{{ .Values.image.tag }}"',
    ),
    bump: [`${WEB}:1.1.0`, `${API}:1.1.0`],
    after: [`${API}:1.1.0`, `${WEB}:1.1.0`],
    changed: [`${VALUES}#/image/tag`],
  },
  {
    name: 'a repository twice, once with an own tag and once by appVersion, both the same',
    files: chart(
      `api: {image: {repository: ${API}, tag: ""}}\njob: {image: {repository: ${API}, tag: 1.0.0}}\n`,
      OWN_OR('.Chart.AppVersion')('api'),
      '"{{ .Values.job.image.repository }}:{{ .Values.job.image.tag }}"',
    ),
    bump: [`${API}:1.1.0`],
    after: [`${API}:1.1.0`, `${API}:1.1.0`],
    changed: [`${VALUES}#/job/image/tag`, 'chart/Chart.yaml#/appVersion'],
  },
];

describe.each(['helm', 'helm3'])('images as %s renders them after a bump', (helm) => {
  it.each(CASES.map((one) => [one.name, one] as const))('%s', async (_, given) => {
    const { files, bump, overlays = [], after, changed, note } = given;
    const request: BumpCase = { images: bump, scopes: [{ folder: 'chart', overlays }] };
    const plan = await planFor(files, request);
    expect([...new Set(plan.changes.map(({ file, pointer }) => `${file}#${pointer}`))].sort()).toEqual(
      [...changed].sort(),
    );
    expect(plan.notes).toEqual(note === undefined ? [] : [note]);
    const before = await images(helm, files, overlays);
    expect(before).toHaveLength(after.length);
    expect(before.every((image) => /:v?1\.0\.0(?:@|$)/.test(image))).toBe(true);
    const result = { ...files, ...(await bumped(files, request)) };
    expect(await images(helm, result, overlays)).toEqual([...after].sort());
    // Once more changes nothing.
    expect((await planFor(result, request)).files).toEqual([]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { writeFiles, type Files } from '../support/charts.js';
import { compare, type Environments } from '../support/parity.js';
import { temporaryFolder, toolchainBin } from '../support/services.js';

const ENC = 'ENC[AES256_GCM,data:a,iv:b,tag:c,type:str]';
const sops = (values: string) => `${values}sops:\n  mac: ${ENC}\n`;

/** A file of values for each environment, or several. */
function environments(values: Readonly<Record<string, string | Files>>): Environments {
  return Object.fromEntries(
    Object.entries(values).map(([name, given]) => [
      name,
      typeof given === 'string' ? { [`env/${name}.yaml`]: given } : given,
    ]),
  );
}

const template = (text: string): Files => ({ 'templates/x.yaml': text });
const USED = template(`replicas: {{ .Values.replicas }}
url: {{ .Values.smtp.url | quote }}
host: {{ .Values.smtp.host }}
token: {{ .Values.token }}
level: {{ .Values.level | default "info" }}
{{- if .Values.ingress.enabled }}
class: {{ .Values.ingress.className }}
hosts: {{ toYaml .Values.ingress.hosts }}
tls: {{ toYaml .Values.ingress.tls }}
{{- end }}
annotations:
  {{- toYaml .Values.podAnnotations | nindent 2 }}
data:
  {{- toYaml .Values.config | nindent 2 }}
env:
  {{- toYaml .Values.extraEnv | nindent 2 }}
`);
const VALUES = `replicas: 1
smtp: { url: "", host: null }
token: CHANGEME
ingress: { enabled: false, className: "", hosts: [], tls: [] }
podAnnotations: {}
config: {}
extraEnv: []
resources: {}
`;
const chart: Files = { ...USED, 'values.yaml': VALUES };

describe('a value that an environment lacks', () => {
  it('is nothing to mind when the chart has a default that would do', async () => {
    const { lines, report } = await compare(
      chart,
      environments({
        develop: 'config: { A: x }\n',
        production: `replicas: 3
level: warn
config: { A: y }
podAnnotations: { "example.com/x": "y" }
ingress:
  enabled: true
  className: nginx
  hosts: [web.example.com]
  tls: [x]
`,
      }),
    );
    expect(lines).toEqual([]);
    expect(report.rows).toEqual([
      { path: 'replicas', values: 1, states: { develop: 'default', production: 'set' } },
      { path: 'level', values: 1, states: { develop: 'default', production: 'set' } },
      { path: 'podAnnotations', values: 1, states: { develop: 'default', production: 'set' } },
      { path: 'ingress', values: 4, states: { develop: 'default', production: 'set' } },
    ]);
  });

  it.each([
    ['absent', 'new.key', 'new: { key: 1 }', 'it has no default'],
    ['null', 'smtp.host', 'smtp: { host: mail }', "the chart's default is null"],
    ['empty', 'smtp.url', 'smtp: { url: smtp://mail }', "the chart's default is empty"],
    ['a placeholder', 'token', 'token: abc', "the chart's default is a placeholder"],
  ])('is a finding when the default is %s', async (_, name, values, why) => {
    const { findings, lines } = await compare(
      { ...chart, 'templates/new.yaml': '{{ .Values.new.key }}' },
      environments({ develop: `# first\n${values}\n`, production: '{}\n' }),
    );
    expect(lines).toEqual([
      `env/production.yaml error parity value ${name} is set for develop but not for production: ${why}`,
    ]);
    expect(findings[0]?.hint).toBe(`Set by develop at env/develop.yaml:2. Add ${name} to env/production.yaml.`);
  });

  it('is a new variable in a map or list that templates take as a whole', async () => {
    const { lines, findings } = await compare(
      chart,
      environments({
        develop:
          'config:\n  LEVEL: debug\n  NEW: x\nextraEnv:\n  - name: A\n    value: x\n  - name: B\n    valueFrom: {}\n',
        staging: 'config:\n  LEVEL: info\n  NEW: y\nextraEnv:\n  - { name: A, value: x }\n',
        production: 'config:\n  LEVEL: info\n',
      }),
    );
    expect(lines).toEqual([
      'env/production.yaml error parity value config.NEW is set for develop, staging but not for production: it has no default',
      'env/production.yaml error parity value extraEnv (2 values: A, B) is set for develop, staging but not for production: they have no default',
      'env/staging.yaml error parity value extraEnv[B] is set for develop but not for staging: it has no default',
    ]);
    expect(findings[2]?.hint).toBe('Set by develop at env/develop.yaml:7. Add extraEnv[B] to env/staging.yaml.');
  });

  it('is a variable whatever its name is, and no annotation, selector or pull secret', async () => {
    const values = `config: { RATE_LIMITS: 1 }
podAnnotations: { config: x }
nodeSelector: { pool: a }
imagePullSecrets: [{ name: pull }]
priorityClassName: high
`;
    const { lines } = await compare(
      {
        ...template(
          'data: {{ toYaml .Values.config }}\nx: {{ toYaml (list .Values.podAnnotations .Values.nodeSelector .Values.imagePullSecrets) }}{{ .Values.priorityClassName }}',
        ),
        'values.yaml':
          'config: {}\npodAnnotations: {}\nnodeSelector: {}\nimagePullSecrets: []\npriorityClassName: ""\n',
      },
      environments({ develop: values, production: 'podAnnotations: { other: x }\n' }),
    );
    expect(lines).toEqual([
      'env/production.yaml error parity value config.RATE_LIMITS is set for develop but not for production: it has no default',
    ]);
  });

  it('is said once for a whole map, and in the file that belongs to the environment alone', async () => {
    const { lines, report } = await compare(
      { ...template('data: {{ toYaml .Values.config }}'), 'values.yaml': 'config: {}\n' },
      {
        develop: {
          'env/common.yaml': 'config: { A: 1 }\n',
          'env/d.yaml': `config:\n  mail: { ${'abcdefg'
            .split('')
            .map((key) => `${key}: 1`)
            .join(', ')} }\n`,
          'env/d2.yaml': 'config: { B: 1 }\n',
        },
        production: { 'env/p.yaml': 'config: { B: 1 }\n', 'env/common.yaml': '' },
      },
    );
    expect(lines).toEqual([
      'env/p.yaml error parity value config.mail (7 values: a, b, c, d, e and 2 more) is set for develop but not for production: they have no default',
    ]);
    expect(report.rows).toEqual([
      { path: 'config.mail', values: 7, states: { develop: 'set', production: 'missing' } },
    ]);
  });

  it('is not missed where it is switched off, taken away, or not known at all', async () => {
    const { lines, report } = await compare(
      {
        ...template('{{ if .Values.cache.enabled }}{{ .Values.cache.url }}{{ end }}{{ .Values.smtp.url }}'),
        'values.yaml': 'cache: { enabled: false }\nsmtp: {}\n',
      },
      environments({
        develop: 'cache:\n  enabled: true\n  url: redis\nsmtp: { url: x }\nunheard: 1\n',
        production: 'cache:\n  enabled: false\nsmtp: null\n',
      }),
    );
    expect(lines).toEqual([
      "env/develop.yaml:5 error unknown-value value unheard is set, but neither the chart's values nor its templates know it",
    ]);
    expect(report.rows).toEqual([
      { path: 'cache.url', values: 1, states: { develop: 'set', production: 'off' } },
      { path: 'smtp', values: 1, states: { develop: 'set', production: 'removed' } },
      { path: 'unheard', values: 1, states: { develop: 'set', production: 'default' } },
    ]);
  });

  it('is said together with others when all other environments set them', async () => {
    const keys = Array.from({ length: 40 }, (_, index) => `key${index}`);
    const all = (value: number) => keys.map((key) => `${key}: ${value}\n`).join('');
    const { lines, report } = await compare(
      { ...template(keys.map((key) => `{{ .Values.${key} }}`).join('\n')), 'values.yaml': all(0) },
      environments({ develop: '', staging: all(1), production: all(2) }),
    );
    expect(lines).toEqual([
      "env/develop.yaml warning parity-default 40 values are set for staging, production, but left to the chart's defaults for develop: key0, key1, key2, key3, key4 and 35 more",
    ]);
    expect(report.rows).toHaveLength(40);
  });

  it('can be ignored in helm-cd.yaml, and is counted then', async () => {
    const values = environments({ develop: 'config: { A: 1, DEBUG_SQL: 1 }\n', production: 'config: { B: 1 }\n' });
    const { lines, report } = await compare(chart, values, { ignore: ['config.A', 'config.DEBUG_*'] });
    expect(lines).toEqual([
      'env/develop.yaml error parity value config.B is set for production but not for develop: it has no default',
    ]);
    expect(report).toMatchObject({ ignored: 2, rows: [{ path: 'config.B' }] });
  });

  it('is compared in subcharts, under their aliases, and in global', async () => {
    const { lines } = await compare(
      {
        'Chart.yaml':
          'apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n  - { name: db, alias: store, version: 1.0.0 }\n  - { name: cache, version: 1.0.0, condition: cache.used }\n',
        'values.yaml': 'cache: { used: false }\n',
        'charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 1.0.0\n',
        'charts/db/values.yaml': 'host: ""\nport: 5432\n',
        'charts/db/templates/x.yaml': '{{ .Values.host }}{{ .Values.port }}{{ .Values.global.zone }}',
        'charts/cache/Chart.yaml': 'apiVersion: v2\nname: cache\nversion: 1.0.0\n',
        'charts/cache/templates/x.yaml': '{{ .Values.url }}',
      },
      environments({
        develop: 'store: { host: a, port: 1, hots: 2 }\nglobal: { zone: z }\ncache: { used: true, url: x }\n',
        production: 'store: {}\n',
      }),
    );
    expect(lines).toEqual([
      "env/production.yaml error parity value store.host is set for develop but not for production: the chart's default is empty",
      'env/production.yaml error parity value global.zone is set for develop but not for production: it has no default',
      'env/develop.yaml:1 error unknown-value value store.hots is set, but neither the chart\'s values nor its templates know it, did you mean "store.host"?',
    ]);
  });
});

describe('a secret value', () => {
  const use = {
    ...template('{{ .Values.smtp.url }}{{ .Values.smtp.user }}'),
    'values.yaml': 'smtp: { url: x, user: u }\n',
  };

  it('is a finding when another environment has it, whatever the default is', async () => {
    const { lines, findings, report } = await compare(use, {
      develop: { 'env/d.yaml': '', 'env/d.sops.yaml': sops(`smtp:\n  url: ${ENC}\n  user: ${ENC}\n`) },
      production: { 'env/p.yaml': '', 'env/p.sops.json': sops(`smtp:\n  url: ${ENC}\n`) },
    });
    expect(lines).toEqual([
      'env/p.sops.json error parity secret value smtp.user is set for develop but not for production',
    ]);
    expect(findings[0]?.hint).toBe(
      'Set by develop at env/d.sops.yaml:3. Add smtp.user, encrypted, to env/p.sops.json.',
    );
    expect(report.rows).toEqual([
      { path: 'smtp.user', values: 1, states: { develop: 'encrypted', production: 'missing' } },
    ]);
  });

  it('needs a file of its own where there is none yet', async () => {
    const { findings } = await compare(use, {
      develop: { 'env/d.sops.yaml': sops(`smtp:\n  url: ${ENC}\n`) },
      production: { 'env/p.yaml': '' },
    });
    expect(findings[0]?.hint).toBe(
      'Set by develop at env/d.sops.yaml:2. Add smtp.url to a file encrypted with SOPS, and name that under secrets of production in helm-cd.yaml.',
    );
  });

  it('is told once of a file that environments share', async () => {
    const { lines } = await compare(use, {
      develop: { 'env/c.yaml': 'smtp:\n  user: open\n' },
      staging: { 'env/c.yaml': 'smtp:\n  user: open\n' },
      production: { 'env/p.sops.yaml': sops(`smtp:\n  user: ${ENC}\n`) },
    });
    expect(lines).toEqual([
      'env/c.yaml:2 error plain-secret value smtp.user is in plain text for develop, staging, but encrypted for production',
    ]);
  });

  it('is a finding when it is plain for another environment, at its line', async () => {
    const { lines } = await compare(use, {
      develop: { 'env/d.yaml': 'smtp:\n  url: CHANGEME\n  user: open\n' },
      production: { 'env/p.sops.yaml': sops(`smtp:\n  url: ${ENC}\n  user: ${ENC}\n`) },
    });
    expect(lines).toEqual([
      'env/d.yaml:3 error plain-secret value smtp.user is in plain text for develop, but encrypted for production',
    ]);
  });

  it('is not compared where a file shows no keys, which is said', async () => {
    const { lines, report } = await compare(use, {
      develop: { 'env/d.sops.yaml': sops(`smtp:\n  url: ${ENC}\n`) },
      production: { 'env/p.sops.enc': JSON.stringify({ data: ENC, sops: { mac: ENC } }) },
    });
    expect(lines).toEqual([]);
    expect(report.notes).toEqual([
      '.: the secrets of production in env/p.sops.enc: SOPS has encrypted it as one value, keys and all',
    ]);
    expect(report.rows).toEqual([{ path: 'smtp', values: 1, states: { develop: 'encrypted', production: 'unknown' } }]);
  });
});

describe('files that sops itself has encrypted', () => {
  it('have keys that are compared, in YAML and JSON', async () => {
    const folder = await temporaryFolder();
    const run = (program: string, ...args: string[]) =>
      execFileSync(path.join(toolchainBin, program), args, {
        cwd: folder,
        encoding: 'utf8',
        stdio: 'pipe',
        env: { HOME: folder },
      });
    const encrypt = (file: string, ...args: string[]) =>
      run('sops', 'encrypt', '--age', recipient, '--encrypted-regex', '^(?:url|user|list)$', ...args, file);
    run('age-keygen', '-o', 'key.txt');
    const recipient = run('age-keygen', '-y', 'key.txt').trim();
    await writeFiles(folder, {
      'a.yaml': '# a comment\nsmtp:\n  url: x\n  user: u\n  list: [1, 2]\n  port: 25\n',
      'b.json': '{"smtp": {"url": "y", "port": 25}}',
      'c.txt': 'smtp: { url: z }',
    });
    const files = {
      ...template('{{ toYaml .Values.smtp }}'),
      'values.yaml': 'smtp: { url: "", user: "", list: [], port: 25 }\n',
    };
    const { lines, report } = await compare(files, {
      develop: { 'env/a.sops.yaml': encrypt('a.yaml') },
      staging: { 'env/b.sops.json': encrypt('b.json') },
      production: { 'env/c.sops.txt': run('sops', 'encrypt', '--age', recipient, 'c.txt') },
    });
    await rm(folder, { recursive: true, force: true });
    expect(lines).toEqual([
      'env/b.sops.json error parity secret value smtp.user is set for develop but not for staging',
      'env/b.sops.json error parity secret value smtp.list is set for develop but not for staging',
    ]);
    expect(report.notes).toEqual([
      '.: the secrets of production in env/c.sops.txt: SOPS has encrypted it as one value, keys and all',
    ]);
    expect(report.rows[0]).toEqual({
      path: 'smtp',
      values: 4,
      states: { develop: 'encrypted', staging: 'encrypted', production: 'unknown' },
    });
  });
});

describe('a key that nothing knows', () => {
  const only = (values: string) => environments({ develop: values });

  it.each([
    ['replcas: 3', 'replcas', 'replicas'],
    ['smtp: { ulr: x }', 'smtp.ulr', 'smtp.url'],
    ['url: x', 'url', 'smtp.url'],
    ['ingres: { enabled: true, className: x }', 'ingres (and 2 keys below)', 'ingress'],
  ])('in %s is suggested a better name', async (values, name, suggestion) => {
    const { lines } = await compare(chart, only(`${values}\n`));
    expect(lines).toEqual([
      `env/develop.yaml:1 error unknown-value value ${name} is set, but neither the chart's values nor its templates know it, did you mean "${suggestion}"?`,
    ]);
  });

  it.each([
    [
      'a default that is commented by a schema',
      { 'values.schema.json': '{"properties":{"a":{"properties":{"b":{}}}}}' },
      'a: { b: 1 }',
    ],
    ['what a text in the values names', { 'values.yaml': 'text: "{{ .Values.a.b }}"\n' }, 'a: { b: 1 }'],
    ['a file that is used as a template', { 'files/x.conf': '{{ .Values.a.b }}' }, 'a: { b: 1 }'],
    [
      'a subchart that is not there',
      {
        'Chart.yaml':
          'apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies: [{ name: db, version: 1.0.0, alias: a }]\n',
      },
      'a: { b: 1 }',
    ],
    ['a broken template', { 'templates/broken.yaml': '{{ .Values.x' }, 'a: { b: 1 }'],
    ['tags and global', {}, 'tags: { x: true }\nglobal: { y: 1 }'],
    ['a map that is empty and that no template names', { 'values.yaml': 'a: {}\n' }, 'a: { b: 1 }'],
    [
      'an import of a subchart',
      {
        'Chart.yaml':
          'apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies: [{ name: db, version: 1.0.0, import-values: [data, { child: x, parent: c.z }] }]\n',
        'charts/db/Chart.yaml': 'apiVersion: v2\nname: db\nversion: 1.0.0\n',
        'charts/db/values.yaml': 'exports: { data: { a: { b: 1 } } }\nx: { w: 1 }\n',
      },
      'a: { b: 2 }\nc: { z: { w: 2 } }',
    ],
    [
      'a helper of a library chart',
      {
        'charts/lib/Chart.yaml': 'apiVersion: v2\nname: lib\ntype: library\nversion: 1.0.0\n',
        'charts/lib/templates/_x.tpl': '{{ define "lib.x" }}{{ .Values.a.b }}{{ end }}',
        'templates/y.yaml': '{{ include (printf "lib.%s" "x") . }}',
      },
      'a: { b: 2 }',
    ],
  ] as [string, Files, string][])('does not count with %s', async (_, files, values) => {
    expect((await compare({ ...chart, ...files }, only(`${values}\n`))).lines).toEqual([]);
  });
});

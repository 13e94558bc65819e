/** Secrets show nowhere: values that nobody may read are put where faults are, and then all that is written is searched. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { validateChart } from '../../src/actions/validate-chart/action.js';
import { formatPlace } from '../../src/core/errors.js';
import { createReportFolder, writeReport } from '../../src/runtime/report.js';
import { writeFiles, type Files } from '../support/charts.js';
import { createTestServices, temporaryFolder } from '../support/services.js';
import { VALIDATE_DEFAULTS } from '../support/validate.js';

/** Its first six characters are enough to know it by: helm cuts some of what it quotes. */
const canary = () => `q${randomBytes(9).toString('hex')}`;
const PASSWORD = canary();
const TOKEN = canary();
const SOPS_PLAIN = canary();
const DATA = canary();
const ALL = [PASSWORD, TOKEN, SOPS_PLAIN, DATA];

const chartYaml = 'apiVersion: v2\nname: shop\nversion: 0.1.0\nicon: https://example.com/i.svg\n';
const values = `auth:
  password: ${PASSWORD}
  apiToken: "*${TOKEN}"
  privateKey: |
    -----BEGIN KEY-----
    ${DATA}
    -----END KEY-----
  dsn: "postgres://u:${PASSWORD}@db/%zz"
  clientSecret: "${TOKEN} {{ .Nope"
  number_secret: 73519402
port: 80
`;

const configMap = (line: string) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: shop
data:
  ok: "yes"
${line}
`;
const secret = (lines: string) => `apiVersion: v1
kind: Secret
metadata:
  name: shop
${lines}
`;
const deployment = (lines: string, name = 'shop') => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  selector:
    matchLabels: {app: shop}
  template:
    metadata:
      labels: {app: shop}
    spec:
      containers:
        - name: shop
${lines}
`;

interface Case {
  readonly files: Files;
  /** What has to be found, so that the case is one. */
  readonly finds: RegExp;
  readonly secrets?: string;
}

const template = (text: string, finds: RegExp): Case => ({ files: { 'templates/a.yaml': text }, finds });
const stops = (action: string, finds = /template-error/): Case => template(configMap(`  a: {{ ${action} }}`), finds);
const schema = (password: object): Case => ({
  files: {
    'templates/a.yaml': configMap(''),
    'values.schema.json': JSON.stringify({
      type: 'object',
      properties: { auth: { type: 'object', properties: { password } } },
    }),
  },
  finds: /values-schema/,
});

const CASES: Readonly<Record<string, Case>> = {
  'fail with a password': stops('fail (printf "the password %s is too short" .Values.auth.password)'),
  'fail with many lines': stops('fail (printf "the key is\\n%s" .Values.auth.privateKey)'),
  'fail with all values': stops('fail (toJson .Values)'),
  'required with a token': stops('required (printf "token %s is no good" .Values.auth.apiToken) .Values.nope'),
  'a number that is secret': stops('fail (printf "number %v" .Values.auth.number_secret)'),
  'a template that does not exist': stops('include .Values.auth.password .'),
  'a field of a text': stops('.Values.auth.password.more.still'),
  'a loop over a text': stops('range .Values.auth.password }}{{ end'),
  'an index into a text': stops('index .Values.auth.password "x"'),
  'a date': stops('mustToDate "2006-01-02" .Values.auth.password'),
  'a duration': stops('mustDateModify .Values.auth.password now'),
  'a version': stops('semver .Values.auth.password'),
  'a regular expression': stops('mustRegexMatch (print "(" .Values.auth.password) "a"'),
  JSON: stops('mustFromJson .Values.auth.password'),
  'a URL': stops('urlParse .Values.auth.dsn'),
  'a slice of a text': stops('mustSlice .Values.auth.password 1'),
  'a comparison': stops('lt .Values.auth.password 3'),
  'a text as a template': stops('tpl .Values.auth.clientSecret .'),
  'a text as a template that includes': stops('tpl (printf "{{ include \\"%s\\" . }}" .Values.auth.password) .'),
  'values-schema: pattern': schema({ pattern: '^x+$' }),
  'values-schema: enum': schema({ enum: ['a', 'b'] }),
  'values-schema: const': schema({ const: 'a' }),
  'values-schema: const that is secret': schema({ const: DATA }),
  'values-schema: maxLength': schema({ maxLength: 3 }),
  'values-schema: type': schema({ type: 'integer' }),
  'values-schema: format': schema({ type: 'array', minItems: 3 }),
  'values-schema: not': schema({ not: { type: 'string' } }),
  'values-schema: oneOf': schema({ oneOf: [{ type: 'integer' }, { pattern: '^y' }] }),
  'an anchor that nobody knows': template(secret('stringData:\n  a: {{ .Values.auth.apiToken }}'), /invalid-yaml/),
  'a tag that nobody knows': template(
    secret('stringData:\n  a: !{{ .Values.auth.password }} x'),
    /invalid-yaml|wrong-type/,
  ),
  'a map in one line': template(secret('stringData:\n  a: {{ .Values.auth.password }}: b: c'), /invalid-yaml/),
  'a document that is only a text': template('{{ .Values.auth.password }}\n', /invalid-yaml/),
  'a list where a map is due': template(secret('stringData: [{{ .Values.auth.password }}]'), /wrong-type/),
  'data that is no base64': template(secret('data:\n  a: "{{ .Values.auth.password }}!"'), /error/),
  'data of a wrong type': template(secret('stringData:\n  a: {x: {{ .Values.auth.password }}}'), /wrong-type/),
  'a key twice': template(
    secret('stringData:\n  a: {{ .Values.auth.password }}\n  a: {{ .Values.auth.password }}'),
    /duplicate-key/,
  ),
  'a secret that is written down': template(secret(`stringData:\n  a: ${DATA}\n  b: 1`), /wrong-type/),
  'broken YAML around a secret': template(secret(`stringData:\n  a: ${DATA}\n b: "${DATA}`), /invalid-yaml/),
  'an unknown field of a Secret': template(secret(`stringDatas:\n  a: ${DATA}`), /unknown-field/),
  'a name': template(deployment('          image: a:1', '{{ .Values.auth.password | upper }}_'), /bad-name/),
  'an image': template(deployment('          image: "{{ .Values.auth.password }}: b"'), /bad-image/),
  'an image without a tag': template(deployment('          image: "{{ .Values.auth.password }}"'), /image-tag/),
  'an enumeration': template(
    deployment('          image: a:1\n          imagePullPolicy: {{ .Values.auth.password }}'),
    /not-allowed-value/,
  ),
  'a quantity': template(
    deployment('          image: a:1\n          resources: {limits: {cpu: {{ .Values.auth.password }}}}'),
    /wrong-format|broken-rule/,
  ),
  'a port by name': template(
    deployment('          image: a:1\n          ports: [{containerPort: {{ .Values.auth.password }}}]'),
    /wrong-type/,
  ),
  'a label': template(
    configMap('').replace('name: shop', 'name: shop\n  labels: {a: "{{ .Values.auth.password }} x"}'),
    /bad-name|broken-rule/,
  ),
  'an API version': template(
    'apiVersion: {{ .Values.auth.password }}/v1\nkind: Foo\nmetadata:\n  name: a\n',
    /missing-schema/,
  ),
  'a key that is not secret of its own': template(configMap('  b: {x: {{ .Values.auth.password }}}'), /wrong-type/),
  'broken values': {
    files: { 'templates/a.yaml': configMap(''), 'values.yaml': `auth:\n  password: ${PASSWORD}: *${TOKEN}\n` },
    finds: /error/,
  },
  'values with an anchor that nobody knows': {
    files: { 'templates/a.yaml': configMap(''), 'values.yaml': `auth:\n  password: *${TOKEN}\n` },
    finds: /error/,
  },
  'values that are only a text': {
    files: { 'templates/a.yaml': configMap(''), 'values.yaml': `${PASSWORD}\n` },
    finds: /error/,
  },
  'a repository with a password in its address': {
    files: {
      'templates/a.yaml': configMap(''),
      'Chart.yaml': `${chartYaml}dependencies:\n  - name: db\n    version: 1.0.0\n    repository: http://user:${PASSWORD}@127.0.0.1:9/charts\n`,
    },
    finds: /error chart/,
  },
  'a password of a subchart': {
    files: {
      'templates/a.yaml': configMap(''),
      'charts/db/Chart.yaml': chartYaml.replace('shop', 'db'),
      'charts/db/values.yaml': `users:\n  - name: ROOT_PASSWORD\n    value: ${DATA}\n`,
      'charts/db/templates/a.yaml': configMap('  a: {{ fail (index .Values.users 0).value }}'),
    },
    finds: /template-error/,
  },
  'a secrets file that was never encrypted': {
    files: { 'templates/a.yaml': configMap('') },
    secrets: `auth:\n  password: ${SOPS_PLAIN}\n`,
    finds: /not encrypted/,
  },
  'a secrets file that is no YAML': {
    files: { 'templates/a.yaml': configMap('') },
    secrets: `auth:\n  password: *${SOPS_PLAIN}: [\n`,
    finds: /no valid YAML/,
  },
  'a secrets file with a value left readable': {
    files: { 'templates/a.yaml': configMap('  a: {{ fail (print .Values.db.password) }}') },
    secrets: `db:\n  password: ${SOPS_PLAIN}\nsops:\n  mac: ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]\n  version: 3.13.3\n`,
    finds: /template-error/,
  },
};

const config = (charts: readonly string[]) => `charts:
${charts.map((name) => `  ${name}: { path: ${name} }`).join('\n')}
environments:
  production:
    branch: main
    repository: file:///tmp/none/production
    secrets: [secrets.yaml]
`;

describe.each(['3', '4'])('with helm %s', (helmVersion) => {
  let folder: string;
  const written = new Map<string, string>();
  let lines: readonly string[];

  beforeAll(async () => {
    folder = await temporaryFolder();
    const encrypted = 'a: ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]\nsops:\n  mac: x\n  version: 3.13.3\n';
    const names = Object.keys(CASES).map((_, index) => `c${index}`);
    for (const [index, { files, secrets }] of Object.values(CASES).entries()) {
      const all = { 'Chart.yaml': chartYaml, 'values.yaml': values, 'secrets.yaml': secrets ?? encrypted, ...files };
      await writeFiles(path.join(folder, `c${index}`), all);
    }
    await writeFiles(folder, { 'helm-cd.yaml': config(names) });
    const services = await createTestServices({ workingDirectory: folder });
    try {
      const inputs = {
        ...VALIDATE_DEFAULTS,
        helmVersion,
        sarifFile: 'out.sarif',
        junitFile: 'out.xml',
        parity: 'warn' as const,
      };
      const outcome = await validateChart.run(inputs, services);
      const reports = createReportFolder('validate-chart', path.dirname(services.temp));
      writeReport(reports, outcome.summary, outcome.document, services.masks, path.join(reports, 'step.md'));
      for (const name of await readdir(reports)) written.set(name, await readFile(path.join(reports, name), 'utf8'));
      written.set('sarif', await readFile(path.join(folder, 'out.sarif'), 'utf8'));
      written.set('junit', await readFile(path.join(folder, 'out.xml'), 'utf8'));
      written.set('log', services.log.text());
      written.set('outcome', JSON.stringify(outcome));
      lines = (outcome.annotations ?? []).map(
        ({ place, message }) => `${place === undefined ? '' : formatPlace(place)} ${message}`,
      );
      written.set('annotations', lines.join('\n'));
    } finally {
      await rm(path.dirname(services.temp), { recursive: true, force: true });
    }
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(Object.entries(CASES).map(([name, { finds }], index) => ({ name, finds, index })))(
    'finds $name',
    ({ finds, index }) => {
      const { findings } = JSON.parse(written.get('result.json') ?? '') as {
        findings: { chart: string; level: string; rule: string; message: string }[];
      };
      const own = findings.filter(({ chart }) => chart === `c${index}`);
      expect(own.map(({ level, rule, message }) => `${level} ${rule} ${message}`).join('\n')).toMatch(finds);
    },
  );

  it.each(['log', 'annotations', 'outcome', 'sarif', 'junit', 'summary.md', 'step.md', 'result.json'])(
    'no secret is in %s',
    (name) => {
      const text = written.get(name) ?? '';
      expect(text).not.toBe('');
      const forms = ALL.flatMap((value) => [
        value.slice(0, 6),
        value.toUpperCase().slice(0, 6),
        Buffer.from(value).toString('base64').slice(0, 8),
      ]);
      const leaks = [...forms, '73519402'].flatMap((form) =>
        text.split(/\n|\\n/).filter((line) => line.includes(form)),
      );
      expect(leaks).toEqual([]);
    },
  );
});

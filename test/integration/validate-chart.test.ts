import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { edit, webChart, writeFiles } from '../support/charts.js';
import { projectRoot, temporaryFolder } from '../support/services.js';
import { validate } from '../support/validate.js';

const CONFIG = `charts:
  web: { path: charts/web }
environments:
  develop:
    branch: develop
    repository: file:///tmp/none/develop
    values: [env/develop.yaml]
    kubernetes: ['1.30', '1.36']
  production:
    promote-from: develop
    repository: file:///tmp/none/production
    values: [env/production.yaml]
    kubernetes: ['1.36']
`;

let folder: string;
const chart = (file: string) => path.join(folder, 'charts/web', file);

beforeEach(async () => {
  folder = await temporaryFolder();
  await writeFiles(folder, { 'helm-cd.yaml': CONFIG });
  await writeFiles(path.join(folder, 'charts/web'), {
    ...webChart(),
    'env/develop.yaml': 'greeting: hello, develop\n',
    'env/production.yaml': 'greeting: hello, production\nreplicas: 3\n',
  });
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe.each(['4', '3'])('with helm %s', (helmVersion) => {
  it('finds the example valid in every cell', async () => {
    const shop = path.join(folder, 'shop');
    await cp(path.join(projectRoot, 'examples/shop'), shop, { recursive: true });
    const result = await validate(shop, { helmVersion, versionIncrement: 'off' });
    expect(result.lines).toEqual([]);
    expect(result.result).toBe('valid');
    expect(result.ok).toBe(true);
    expect(result.summary).toContain('| environment | Kubernetes 1.35 | Kubernetes 1.36 | rendered |');
    expect(result.summary).toMatch(/\| develop \| ✅ \| ✅ \| \d+ objects \|/);
    expect(result.summary).toContain('encrypted values (SOPS) not decrypted');
  });

  it('finds a chart valid, and says what was rendered', async () => {
    const result = await validate(folder, { helmVersion });
    expect(result.lines).toEqual([]);
    expect(result.outputs).toMatchObject({ errors: '0', warnings: '0', 'not-validated': '0' });
    expect(JSON.parse(result.outputs['charts'] ?? '')).toEqual([
      { name: 'web', version: '0.1.0', path: 'charts/web', valid: true },
    ]);
  });

  it.each<[string, string, string, string, string]>([
    [
      'a misspelled field',
      'templates/deployment.yaml',
      '  replicas: {{',
      '  replica: {{',
      'charts/web/templates/deployment.yaml:8 error unknown-field unknown field spec.replica, did you mean "replicas"?',
    ],
    [
      'a wrong type',
      'templates/deployment.yaml',
      'containerPort: {{ .Values.port }}',
      'containerPort: {{ .Values.port | quote }}',
      'charts/web/templates/deployment.yaml:28 error wrong-type spec.template.spec.containers[0].ports[0].containerPort is text, must be an integer: take the quotes away',
    ],
    [
      'a missing field',
      'templates/service.yaml',
      '    - port: 80\n      targetPort',
      '    - targetPort',
      'charts/web/templates/service.yaml:8 error missing-field required field spec.ports[0].port is missing',
    ],
    [
      'a bad value of an enumeration',
      'templates/deployment.yaml',
      'IfNotPresent',
      'ifNotPresent',
      'charts/web/templates/deployment.yaml:25 error not-allowed-value spec.template.spec.containers[0].imagePullPolicy is none of Always, IfNotPresent, Never',
    ],
    [
      'an API version that is gone',
      'templates/service.yaml',
      'apiVersion: v1\nkind: Service',
      'apiVersion: extensions/v1beta1\nkind: Ingress',
      'charts/web/templates/service.yaml:1 error removed-api extensions/v1beta1 Ingress is not served since Kubernetes 1.22; use networking.k8s.io/v1 Ingress',
    ],
    [
      'a key that is there twice',
      'templates/configmap.yaml',
      '\ndata:\n',
      '\ndata:\n  greeting: again\n',
      'charts/web/templates/configmap.yaml:7 error duplicate-key data.greeting is there twice, 1 lines apart: only the last counts',
    ],
    [
      'a fault in a helper, on the line of the helper',
      'templates/_helpers.tpl',
      'app.kubernetes.io/name: {{ .Chart.Name }}',
      'app.kubernetes.io/name: 5',
      'charts/web/templates/_helpers.tpl:10 error wrong-type metadata.labels["app.kubernetes.io/name"] is an integer, must be text: quote it (included by charts/web/templates/deployment.yaml)',
    ],
    [
      'a fault in values that toYaml writes, on the line of the action',
      'values.yaml',
      'memory: 64Mi',
      'memory: 64MB',
      'charts/web/templates/deployment.yaml:41 error wrong-format spec.template.spec.containers[0].resources.limits.memory is not a quantity such as 500m, 1.5 or 2Gi',
    ],
    [
      'a template that stops',
      'templates/configmap.yaml',
      '{{ .Values.greeting | quote }}',
      '{{ .Values.nothing.here | quote }}',
      'charts/web/templates/configmap.yaml:6 error template-error nil pointer evaluating interface {}.here (at .Values.nothing.here)',
    ],
    [
      'a template that does not parse',
      'templates/configmap.yaml',
      '| quote }}',
      '| qoute }}',
      'charts/web/templates/configmap.yaml:6 error template-syntax function "qoute" not defined',
    ],
    [
      'a value that is required and missing, which lint hides',
      'templates/service.yaml',
      'targetPort: http',
      'targetPort: {{ required "set owner" .Values.owner }}',
      'charts/web/templates/service.yaml:9 error template-error set owner',
    ],
  ])('reports %s', async (_name, file, from, to, expected) => {
    await edit(chart(file), from, to);
    const result = await validate(folder, { helmVersion });
    expect(result.lines).toContain(expected);
    expect(result.result).toBe('invalid');
    expect(result.ok).toBe(false);
    expect(result.failure).toMatch(/^\d+ errors? in web$/);
    // Everything said is about that fault: a fault in a helper shows in every object that includes it.
    const places = new Set(result.findings.map((finding) => `${finding.place.file}:${finding.place.line ?? ''}`));
    expect([...places]).toEqual([expected.split(' ')[0]]);
  });

  it('reports wrong indentation with all other findings of the same render', async () => {
    await edit(chart('templates/service.yaml'), '  selector:\n', '   selector:\n');
    await edit(chart('templates/configmap.yaml'), '  greeting:', '  greeting: 5 #');
    const { lines, findings } = await validate(folder, { helmVersion });
    expect(findings.map((finding) => finding.place.file)).toEqual([
      'charts/web/templates/configmap.yaml',
      'charts/web/templates/service.yaml',
    ]);
    expect(lines[0]).toBe(
      'charts/web/templates/configmap.yaml:6 error wrong-type data.greeting is an integer, must be text: quote it',
    );
    // Where it was noticed is not where it is: that line is told, not named as the place.
    expect(lines[1]).toMatch(
      /^charts\/web\/templates\/service\.yaml error invalid-yaml renders invalid YAML: .*, noticed on line \d+$/,
    );
  });

  it('says in which cells a finding is', async () => {
    await writeFile(chart('env/production.yaml'), 'replicas: many\n');
    const { findings, summary, lines } = await validate(folder, { helmVersion });
    expect(lines).toEqual([
      'charts/web/templates/deployment.yaml:8 error wrong-type spec.replicas is text, must be an integer (from replicas, set in charts/web/env/production.yaml:1)',
    ]);
    expect(findings[0]?.cells).toEqual([{ environment: 'production', kubernetes: '1.36' }]);
    expect(summary).toContain('| develop | ✅ | ✅ | 4 objects |');
    expect(summary).toContain('| production | – | ❌ 1 | 4 objects |');
  });

  it('places values that break values.schema.json in the file that sets them', async () => {
    const schema = { type: 'object', properties: { replicas: { type: 'integer' }, greeting: { pattern: '^hello' } } };
    await writeFile(chart('values.schema.json'), JSON.stringify(schema));
    await writeFile(chart('env/production.yaml'), '# more\nreplicas: three\ngreeting: hunter2hunter2\n');
    const { lines, summary } = await validate(folder, { helmVersion });
    expect(lines).toEqual([
      expect.stringMatching(
        /^charts\/web\/env\/production\.yaml:2 error values-schema value replicas: got string, want integer/,
      ),
      expect.stringMatching(
        /^charts\/web\/env\/production\.yaml:3 error values-schema value greeting: the value does not match pattern/,
      ),
    ]);
    expect(summary).not.toContain('hunter2');
  });

  it('lets what differs by Kubernetes version fail only there', async () => {
    await edit(chart('Chart.yaml'), 'icon:', "kubeVersion: '>=1.31.0-0'\nicon:");
    const { lines, findings } = await validate(folder, { helmVersion });
    expect(lines).toEqual([
      'charts/web/Chart.yaml:5 error kube-version Chart.yaml requires kubeVersion >=1.31.0-0, which Kubernetes 1.30.0 is not',
    ]);
    expect(findings[0]?.cells).toEqual([{ environment: 'develop', kubernetes: '1.30' }]);
  });

  it('tells templates which APIs the Kubernetes version serves', async () => {
    await writeFile(
      chart('templates/pdb.yaml'),
      `{{- if .Capabilities.APIVersions.Has "policy/v1/PodDisruptionBudget" }}
apiVersion: policy/v1
{{- else }}
apiVersion: policy/v1beta1
{{- end }}
kind: PodDisruptionBudget
metadata: { name: a }
spec: { minAvailable: 1, selector: { matchLabels: { app.kubernetes.io/name: web } } }
`,
    );
    expect((await validate(folder, { helmVersion })).lines).toEqual([]);
  });

  it('reports an empty render, never passes it', async () => {
    await rm(chart('templates'), { recursive: true });
    await mkdir(chart('templates'));
    await writeFile(chart('templates/a.yaml'), '{{- if .Values.on }}\nkind: ConfigMap\n{{- end }}\n# nothing\n');
    const { lines, ok } = await validate(folder, { helmVersion });
    expect(lines).toContain('charts/web/Chart.yaml error empty-render renders no object at all');
    expect(ok).toBe(false);
  });
});

describe('custom resources', () => {
  const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Widget, plural: widgets, singular: widget, listKind: WidgetList }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: { type: object, properties: { size: { type: integer } }, x-kubernetes-validations: [{ rule: 'self.size > 0' }] }
`;
  const widget = 'apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: w\nspec:\n  sise: 1\n';

  it.each<[string, 'error' | 'warn' | 'ignore', string[], boolean]>([
    [
      'an error',
      'error',
      [
        'charts/web/templates/widget.yaml:1 error missing-schema there is no schema for example.com/v1 Widget: it was not validated',
      ],
      false,
    ],
    [
      'a warning',
      'warn',
      [
        'charts/web/templates/widget.yaml:1 warning missing-schema there is no schema for example.com/v1 Widget: it was not validated',
      ],
      true,
    ],
    ['counted', 'ignore', [], true],
  ])('without a schema are %s', async (_name, missingSchemas, lines, ok) => {
    await writeFile(chart('templates/widget.yaml'), widget);
    const result = await validate(folder, { missingSchemas });
    expect(result.lines).toEqual(lines);
    expect(result.ok).toBe(ok);
    expect(result.outputs['not-validated']).toBe('1');
    expect(result.summary).toContain(
      '#### Not validated\n\n- 1 object of `example.com/v1 Widget` (`Widget/w`): no schema is known',
    );
  });

  it.each(['crds/widget.yaml', 'templates/crd.yaml'])('are compared with the definition in %s', async (file) => {
    await writeFiles(folder, { [`charts/web/${file}`]: crd, 'charts/web/templates/widget.yaml': widget });
    const { lines, summary } = await validate(folder);
    expect(lines).toEqual([
      'charts/web/templates/widget.yaml:6 error unknown-field unknown field spec.sise, did you mean "size"?',
    ]);
    expect(summary).toContain('rules in CEL of `example.com/v1 Widget (1 rule)` are not evaluated');
  });

  it('are compared with the definitions in the folders and files of schemas', async () => {
    await writeFiles(folder, { 'crds/a/widget.yaml': crd, 'charts/web/templates/widget.yaml': widget });
    for (const schemas of [['crds'], ['crds/a/widget.yaml']]) {
      expect((await validate(folder, { schemas })).lines).toEqual([
        'charts/web/templates/widget.yaml:6 error unknown-field unknown field spec.sise, did you mean "size"?',
      ]);
    }
    await expect(validate(folder, { schemas: ['nowhere'] })).rejects.toThrow(
      /Input "schemas" names what does not exist: nowhere/,
    );
    await expect(validate(folder, { schemas: ['charts/web/values.yaml'] })).rejects.toThrow(/declares no custom kind/);
  });

  it('places a fault in a definition of crds/ on its line', async () => {
    await writeFiles(folder, { 'charts/web/crds/widget.yaml': `# first\n${crd.replace('scope:', 'scop:')}` });
    const { lines } = await validate(folder);
    expect(lines).toContain(
      'charts/web/crds/widget.yaml:7 error unknown-field unknown field spec.scop, did you mean "scope"?',
    );
  });
});

describe('what it looks at', () => {
  it('counts kinds that are skipped', async () => {
    await edit(chart('templates/service.yaml'), 'spec:', 'spek:');
    const { lines, outputs, summary } = await validate(folder, { skipKinds: ['Service'] });
    expect(lines).toEqual([]);
    expect(outputs['not-validated']).toBe('1');
    expect(summary).toContain('1 object of `v1 Service` (`Service/web`): named in skip-kinds');
  });

  it('lets unknown fields pass when not strict, but not wrong types', async () => {
    await edit(chart('templates/deployment.yaml'), '  replicas: {{ .Values.replicas }}', '  foo: 1\n  replicas: "1"');
    expect((await validate(folder, { strict: false })).lines).toEqual([
      'charts/web/templates/deployment.yaml:9 error wrong-type spec.replicas is text, must be an integer: take the quotes away',
    ]);
  });

  it('needs no helm-cd.yaml', async () => {
    await rm(path.join(folder, 'helm-cd.yaml'));
    const result = await validate(folder, {
      charts: ['charts/*'],
      environments: ['production'],
      values: ['charts/web/env/production.yaml'],
      kubernetesVersions: ['v1.34.2'],
    });
    expect(result.lines).toEqual([]);
    expect(result.summary).toContain('✅ production on Kubernetes 1.34.2, 4 objects.');
  });

  it('lints library charts, and renders what uses them, their faults on their own lines', async () => {
    await writeFiles(path.join(folder, 'charts/lib'), {
      'Chart.yaml': 'apiVersion: v2\nname: lib\ntype: library\nversion: 1.0.0\n',
      'templates/_config.tpl':
        '{{- define "lib.config" }}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: lib\ndata:\n  a: 1\n{{- end }}\n',
    });
    await edit(
      chart('Chart.yaml'),
      'icon:',
      'dependencies:\n  - name: lib\n    version: 1.0.0\n    repository: file://../lib\nicon:',
    );
    await writeFile(chart('templates/lib.yaml'), '{{ include "lib.config" . }}\n');
    const { lines, summary } = await validate(folder, { charts: ['charts/*'] });
    expect(lines).toEqual([
      'charts/lib/templates/_config.tpl:7 error wrong-type data.a is an integer, must be text: quote it (included by charts/web/templates/lib.yaml)',
    ]);
    expect(summary).toContain('✅ nothing to say of 1 chart: lib.');
  });

  it('reports a broken chart and still looks at the others', async () => {
    await writeFiles(path.join(folder, 'charts/broken'), {
      'Chart.yaml': 'apiVersion: v2\nname: broken\nversion: [\n',
    });
    const { lines, summary } = await validate(folder, { charts: ['charts/*'] });
    expect(lines).toEqual([
      expect.stringMatching(
        /^charts\/broken\/Chart\.yaml:\d+ error chart charts\/broken\/Chart\.yaml is no valid YAML/,
      ),
    ]);
    expect(summary).toMatch(/\| \*\*broken\*\* +\(`charts\/broken`\) \| ❌ not rendered \|/);
    expect(summary).toContain('✅ nothing to say of 1 chart: web.');
  });
});

describe('secrets', () => {
  const encrypted = (extra = '') => `database:
  password: ENC[AES256_GCM,data:abcd,iv:abcd,tag:abcd,type:str]
  port: ENC[AES256_GCM,data:abcd,iv:abcd,tag:abcd,type:int]
${extra}sops:
  mac: ENC[AES256_GCM,data:abcd,iv:abcd,tag:abcd,type:str]
  version: 3.9.0
`;
  const secret = `apiVersion: v1
kind: Secret
metadata:
  name: s
stringData:
  password: {{ required "no password" .Values.database.password }}
data:
  raw: {{ .Values.database.password }}
---
apiVersion: v1
kind: Service
metadata:
  name: db
spec:
  ports: [{ port: {{ .Values.database.port }} }]
`;

  beforeEach(async () => {
    await writeFile(chart('templates/secret.yaml'), secret);
    await edit(
      path.join(folder, 'helm-cd.yaml'),
      'values: [env/develop.yaml]',
      'values: [env/develop.yaml]\n    secrets: [env/develop.sops.yaml]',
    );
    await edit(
      path.join(folder, 'helm-cd.yaml'),
      'values: [env/production.yaml]',
      'values: [env/production.yaml]\n    secrets: [env/production.sops.yaml]',
    );
    await writeFile(chart('env/develop.sops.yaml'), encrypted());
    await writeFile(chart('env/production.sops.yaml'), encrypted());
  });

  it('are rendered with stand-ins of their types, and that is said', async () => {
    const { lines, summary } = await validate(folder);
    expect(lines).toEqual([]);
    expect(summary).toContain('web, develop: 2 encrypted values (SOPS) not decrypted; rendered with stand-ins');
  });

  it('that are missing or not encrypted are errors', async () => {
    await rm(chart('env/develop.sops.yaml'));
    await writeFile(chart('env/production.sops.yaml'), 'database: { password: hunter2hunter2, port: 1 }\n');
    const { lines, summary } = await validate(folder);
    expect(lines).toEqual([
      'charts/web/env/develop.sops.yaml error values-file environment develop: this secrets file does not exist',
      'charts/web/env/production.sops.yaml error values-file environment production: this file is named under secrets but is not encrypted with SOPS',
    ]);
    expect(summary).not.toContain('hunter2');
  });

  it('under values are an error', async () => {
    await writeFile(chart('env/develop.yaml'), encrypted());
    const { lines } = await validate(folder);
    expect(lines).toContain(
      'charts/web/env/develop.yaml error values-file environment develop: this file is encrypted with SOPS but named under values',
    );
  });
});

describe('what cannot be done is said before anything is rendered', () => {
  it.each<[string, Parameters<typeof validate>[1], RegExp]>([
    [
      'an unknown environment',
      { environments: ['devlop'] },
      /helm-cd.yaml has no environment "devlop", did you mean "develop"\?/,
    ],
    ['an unknown Kubernetes version', { kubernetesVersions: ['1.99'] }, /helm-cd has no schemas of Kubernetes 1\.99/],
    ['what is no version', { kubernetesVersions: ['latest'] }, /"latest" is no Kubernetes version/],
    ['an unknown chart', { charts: ['wbe'] }, /There is no chart "wbe", did you mean "web"\?/],
    ['a missing config', { config: 'other.yaml' }, /Input "config" names a file that cannot be read: other\.yaml/],
    [
      'values for several environments',
      { values: ['a.yaml'] },
      /Input "values" is for one environment, but helm-cd\.yaml has several/,
    ],
  ])('%s', async (_name, inputs, message) => {
    await expect(validate(folder, inputs)).rejects.toThrow(message);
  });

  it('an unknown Kubernetes version in helm-cd.yaml', async () => {
    await edit(path.join(folder, 'helm-cd.yaml'), "['1.36']", "['1.3']");
    await expect(validate(folder)).rejects.toMatchObject({
      code: 'unsupported',
      hint: expect.stringContaining('1.25, 1.26'),
    });
  });

  it('leaves the workspace as it was', async () => {
    const before = await readFile(chart('templates/deployment.yaml'), 'utf8');
    await edit(chart('templates/service.yaml'), 'spec:', 'spek:');
    await validate(folder);
    expect(await readFile(chart('templates/deployment.yaml'), 'utf8')).toBe(before);
  });
});

/** Our verdict for each object against that of the real kubeconform; docs/validation.md has the differences that are meant. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { splitRender } from '../../src/core/rendered-documents.js';
import type { Helm } from '../../src/helm/helm.js';
import { parseKubernetesYaml } from '../../src/schemas/kubernetes-yaml.js';
import { openSchemaPacks } from '../../src/schemas/packs.js';
import { createSchemaLibrary } from '../../src/schemas/validator.js';
import { createRenderChecker } from '../../src/validation/check-render.js';
import { kubeconformSchemas } from '../../tools/kubeconform-schemas.mjs';
import { changeAt, pathsOf, randomFrom } from '../support/changed-objects.js';
import { objectsOfPack } from '../support/generated-objects.js';
import { DIFFERENCES, explain, type Compared } from '../support/kubeconform-differences.js';
import { kubeconform } from '../support/kubeconform.js';
import { openHelm, realCharts, renderCharts, type ChartToRender } from '../support/rendered-charts.js';
import { createTestServices, projectRoot, temporaryFolder, type TestServices } from '../support/services.js';

const MINORS = [25, 31, 36];
/** Faults in each object that is made from a schema. */
const FAULTS_EACH = 8;

/** What only the text of a document shows: each is changed in a ConfigMap or a Deployment. */
const ODD_TEXTS = [
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: "1"}\ndata: {b: "2"}',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: on}',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: 2026-01-31}',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: 1:30}',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: 012}',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: ~, b: }',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {on: "a", 1: "b", 1.5: "c"}',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: &x {a: "1"}\nbinaryData: *x',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nimmutable: yes',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nimmutable: "true"',
  'apiVersion: v1\nkind: LimitRange\nmetadata: {name: a}\nspec: {limits: [{type: Pod, max: {cpu: 1, memory: 1e3, a: .5}}]}',
  'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\nsecrets: []\nimagePullSecrets: null',
  'apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: a}\nvalue: 0o10',
  'apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: a}\nvalue: 1e3',
  'apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: a}\nvalue: 1_000',
  'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec: {anything: goes}',
  'apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\nspec: {}',
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\nstatus: {phase: 7}',
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\nstatus: {none: such}',
];

interface Both {
  readonly differences: readonly Compared[];
  readonly count: number;
}

const schemas = await kubeconformSchemas({ log: (line: string) => process.stderr.write(`${line}\n`) });
// Without Python there is nothing to compare with: skipped, not passed.
const whenPossible = schemas === undefined ? describe.skip : describe;

whenPossible('the verdict for each object', () => {
  const packs = openSchemaPacks(projectRoot);
  const library = createSchemaLibrary(packs, true);
  const options = { strict: true, missingSchemas: 'ignore', deprecations: 'off', skipKinds: [] } as const;
  const occurred = new Set<string>();
  let folder: string;
  let services: TestServices;
  let helm: Helm;
  let charts: readonly ChartToRender[];
  let fixture: readonly string[];

  beforeAll(async () => {
    folder = await temporaryFolder();
    services = await createTestServices();
    helm = await openHelm(services);
    charts = await realCharts(helm, folder);
    const file = path.join(projectRoot, 'test/fixtures/kubernetes-objects.yaml');
    fixture = splitRender(await readFile(file, 'utf8')).map(({ text }) => text);
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await rm(path.dirname(services.temp), { recursive: true, force: true });
  });

  async function compare(texts: readonly string[], minor: number, name: string): Promise<Both> {
    const version = `1.${minor}.0`;
    const { location } = schemas ?? { location: '' };
    const verdicts = await kubeconform(texts, { folder: path.join(folder, `${name}-${minor}`), version, location });
    const checker = createRenderChecker(library, [], options);
    const differences: Compared[] = [];
    for (const [index, theirs] of verdicts.entries()) {
      const text = texts[index] ?? '';
      const report = await checker.check(`---\n# Source: c/templates/a.yaml\n${text}\n`, minor, 'no-release');
      const errors = report.findings.filter(({ level }) => level === 'error');
      const ours = errors.map(({ rule, message }) => `${rule}: ${message}`);
      const skipped = report.notValidated.some(({ reason }) => reason === 'no schema is known');
      const verdict = ours.length > 0 ? 'invalid' : skipped ? 'skipped' : 'valid';
      if (verdict !== theirs.status) differences.push({ minor, text, ours, skipped, theirs });
    }
    return { differences, count: texts.length };
  }

  /** Those that no documented difference explains. */
  function undocumented({ differences, count }: Both, name: string): readonly Compared[] {
    const left = differences.filter((difference) => {
      const explained = explain(difference);
      for (const { row } of explained ?? []) occurred.add(row);
      return explained === undefined;
    });
    const documented = differences.length - left.length;
    process.stdout.write(`${name}: ${count} objects, ${documented} documented differences\n`);
    return left;
  }

  it.each(MINORS)(
    'is the same for real charts on 1.%d',
    async (minor) => {
      const { apiVersions } = await library.validator(minor, []);
      const { documents, skipped } = await renderCharts(charts, { minor, apiVersions }, helm, services);
      for (const why of skipped) process.stdout.write(`not compared: ${why}\n`);
      const both = await compare(documents, minor, 'charts');
      expect(documents.length).toBeGreaterThan(10);
      expect(undocumented(both, `real charts on 1.${minor}`)).toEqual([]);
    },
    120_000,
  );

  it.each(MINORS)(
    'is the same for every kind that charts have, and single faults in it, on 1.%d',
    async (minor) => {
      const random = randomFrom(7);
      const objects = fixture.map(parseKubernetesYaml);
      expect(await compare(fixture, minor, 'fixture')).toEqual({ differences: [], count: fixture.length });
      const faults = objects.flatMap((object) => pathsOf(object).map((place) => changeAt(object, place, random)));
      const both = await compare([...ODD_TEXTS, ...faults.map((fault) => JSON.stringify(fault))], minor, 'faults');
      expect(undocumented(both, `faults on 1.${minor}`)).toEqual([]);
    },
    120_000,
  );

  it.each(MINORS)(
    'is the same for all fields of all kinds, and faults in them, on 1.%d',
    async (minor) => {
      const random = randomFrom(11);
      const objects = objectsOfPack(await packs.pack(minor)).flatMap((object) => {
        const places = pathsOf(object);
        const faults = Array.from({ length: FAULTS_EACH }, () => {
          return changeAt(object, places[Math.floor(random() * places.length)] ?? [], random);
        });
        return [object, ...faults];
      });
      const texts = objects.map((object) => JSON.stringify(object));
      expect(undocumented(await compare(texts, minor, 'all'), `all fields on 1.${minor}`)).toEqual([]);
    },
    120_000,
  );

  it('differs only, and always, where docs/validation.md says so', async () => {
    const text = await readFile(path.join(projectRoot, 'docs/validation.md'), 'utf8');
    const table = text.slice(text.indexOf('| object has'), text.indexOf('\n## Lines'));
    const rows = [...table.matchAll(/^\| (.+?) +\|/gm)].map(([, first]) => first).slice(2);
    expect(rows).toEqual(DIFFERENCES.map(({ row }) => row));
    expect([...occurred].sort()).toEqual(DIFFERENCES.map(({ row }) => row).sort());
  });
});

/** The files that other programs read: SARIF by its authors' validator, JUnit by an XML schema. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { memoryPages, validateXML } from 'xmllint-wasm';
import type { Cell, MergedFinding } from '../../src/core/findings.js';
import { toJunit } from '../../src/core/junit.js';
import { SARIF_MAX_RESULTS, toSarif } from '../../src/core/sarif.js';
import { RULES } from '../../src/core/validation-rules.js';
import { readContext } from '../../src/runtime/context.js';
import { edit, webChart, writeFiles } from '../support/charts.js';
import { validateSarif, type SarifComplaint } from '../support/sarif-multitool.js';
import { projectRoot, temporaryFolder } from '../support/services.js';
import { validate } from '../support/validate.js';

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface SarifResult {
  readonly ruleId: string;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly {
    readonly physicalLocation: {
      readonly artifactLocation: { readonly uri: string };
      readonly region?: { readonly startLine: number; readonly startColumn?: number };
    };
  }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
}

const resultsOf = (sarif: unknown) => (sarif as { runs: { results: readonly SarifResult[] }[] }).runs[0]?.results ?? [];
const louder = (complaints: readonly SarifComplaint[]) =>
  complaints.filter(({ level }) => level !== 'note').map(({ rule, about }) => `${rule} ${about}`);

/** Four notes of taste, which we do not follow. */
const NOTES: Readonly<Record<string, string>> = {
  SARIF2002: 'messages are texts, not ids with arguments: nobody translates them',
  SARIF2006: 'the address of the schema is not asked for in a test',
  SARIF2009: 'rules have names, not numbers',
  SARIF2010: 'no snippets: they would hold values',
  SARIF2011: 'nor what is around them',
};

const OPTIONS = { version: '1.2.3', root: '', cells: new Map<string, readonly Cell[]>() };

const finding = (more: Partial<MergedFinding> = {}): MergedFinding => ({
  level: 'error',
  rule: 'unknown-field',
  message: 'unknown field spec.replica',
  place: { file: 'charts/web/templates/a.yaml', line: 3 },
  chart: 'charts/web',
  resource: 'Deployment/web',
  cells: [],
  ...more,
});

describe('SARIF', () => {
  it('of several charts with all kinds of faults is what its validator and GitHub want', async () => {
    await writeFiles(path.join(folder, 'charts/web'), webChart());
    await writeFiles(path.join(folder, 'charts/größe 1 (#%a:b)'), webChart('other'));
    await edit(path.join(folder, 'charts/größe 1 (#%a:b)/templates/service.yaml'), 'spec:', 'spek: {}\nspec:');
    await edit(path.join(folder, 'charts/web/templates/deployment.yaml'), '.Values.replicas', '.Values.replicas.x.y');
    await writeFiles(path.join(folder, 'charts/größe 1 (#%a:b)'), {
      "templates/ü (1)'!.yaml": 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: 1\n',
    });
    const environment = { GITHUB_WORKSPACE: folder };
    const context = readContext({
      GITHUB_REPOSITORY: 'acme/charts',
      GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
      GITHUB_REF_NAME: 'main',
    });
    const inputs = { sarifFile: 'out.sarif', kubernetesVersions: ['1.35', '1.36'] };
    const { findings } = await validate(folder, inputs, { environment, context });
    const sarif: unknown = JSON.parse(await readFile(path.join(folder, 'out.sarif'), 'utf8'));

    expect(resultsOf(sarif)).toHaveLength(findings.length);
    expect(new Set(resultsOf(sarif).map(({ ruleId }) => ruleId))).toEqual(
      new Set(['template-error', 'unknown-field', 'wrong-type']),
    );
    const places = resultsOf(sarif).map(({ locations }) => locations[0]?.physicalLocation);
    for (const place of places) expect(place?.artifactLocation.uri).toMatch(/^[A-Za-z0-9%/._-]+$/);
    expect(places.map((place) => decodeURIComponent(place?.artifactLocation.uri ?? '')).sort()).toEqual(
      findings.map(({ place }) => place.file).sort(),
    );
    expect(places.some((place) => place?.region?.startColumn !== undefined)).toBe(true);

    const said = await validateSarif(sarif);
    expect(louder(said)).toEqual([]);
    expect(said.map(({ rule }) => rule).filter((rule) => !(rule in NOTES))).toEqual([]);
  }, 120_000);

  it('has for each rule what GitHub shows', async () => {
    const all = Object.keys(RULES).map((rule) => finding({ rule }));
    const said = await validateSarif(toSarif([...all, finding({ rule: 'not-known-yet' })], OPTIONS));
    expect(louder(said)).toEqual([]);
  });

  it('leaves the region out of a finding about a whole file, for no line is better than a wrong one', async () => {
    const said = await validateSarif(toSarif([finding({ place: { file: 'Chart.yaml' } })], OPTIONS));
    // Which code scanning takes for the whole file, though a rule would like to have a line.
    expect(louder(said).map((text) => text.split(' ')[0])).toEqual(['SARIF2017']);
  });

  it('of nothing is valid', async () => {
    expect(louder(await validateSarif(toSarif([], OPTIONS)))).toEqual([]);
  });

  it('holds no more results than GitHub takes, errors first, and says so', async () => {
    const many = Array.from({ length: SARIF_MAX_RESULTS }, (_, index) =>
      finding({ level: 'warning', message: `warning ${index}`, place: { file: `f${index % 100}`, line: 1 + index } }),
    );
    const sarif = toSarif([...many, finding(), finding({ message: 'x'.repeat(100_000) })], OPTIONS);
    const results = resultsOf(sarif);
    expect(results).toHaveLength(SARIF_MAX_RESULTS);
    expect(results.slice(0, 3).map(({ level }) => level)).toEqual(['error', 'error', 'warning']);
    expect(Math.max(...results.map(({ message }) => message.text.length))).toBe(1000);
    expect(JSON.stringify((sarif['runs'] as { invocations: unknown }[])[0]?.invocations)).toContain(
      'Only the first 25000 of 25002 findings are in this file, for code scanning takes no more; 0 errors and 2 warnings are left out.',
    );
  });

  it('has fingerprints that stay when lines move, and tell apart what is there twice', () => {
    const prints = (findings: readonly MergedFinding[]) =>
      resultsOf(toSarif(findings, OPTIONS)).map(({ partialFingerprints }) => partialFingerprints['helmCd/v1']);
    const at = (line: number, message = 'x, noticed on line 5') => finding({ place: { file: 'a', line }, message });
    const before = prints([at(3), at(7), at(9, 'another')]);
    expect(new Set(before).size).toBe(3);
    expect(prints([at(13), at(17), at(19, 'another')])).toEqual(before);
    expect(prints([at(13, 'x, noticed on line 15')])).toEqual([before[0]]);
    expect(before[0]).toMatch(/^[0-9a-f]{32}:1$/);
  });

  it('survives halves of surrogate pairs and control characters', async () => {
    const odd = finding({
      message: 'a\ud800b\u0000\u001b[31m\n::error::c',
      place: { file: 'a\ud800\u0007\n.yaml', line: 1 },
    });
    expect(louder(await validateSarif(toSarif([odd], OPTIONS)))).toEqual([]);
  });
});

it('every rule that is found by name is explained', async () => {
  const sources: string[] = [];
  for (const part of ['src/validation', 'src/schemas', 'src/helm']) {
    const names = await readdir(path.join(projectRoot, part), { recursive: true });
    for (const name of names.filter((file) => file.endsWith('.ts'))) {
      sources.push(await readFile(path.join(projectRoot, part, name), 'utf8'));
    }
  }
  const named = sources.flatMap((text) =>
    [...text.matchAll(/\brule: '(?!patch')([a-z-]+)'/g)].map(([, rule = '']) => rule),
  );
  expect(new Set(named).size).toBeGreaterThan(20);
  expect([...new Set(named)].filter((rule) => !(rule in RULES))).toEqual([]);
  const documentation = await readFile(path.join(projectRoot, 'docs/validation.md'), 'utf8');
  expect(Object.keys(RULES).filter((rule) => !documentation.includes(`\n| \`${rule}\` `))).toEqual([]);
});

describe('JUnit', () => {
  const problems = async (contents: string) => {
    const schema = await readFile(path.join(projectRoot, 'test/fixtures/junit.xsd'), 'utf8');
    const result = await validateXML({
      xml: [{ fileName: 'report.xml', contents }],
      schema: [schema],
      initialMemoryPages: 16 * memoryPages.MiB,
      maxMemoryPages: 512 * memoryPages.MiB,
    });
    return result.errors.map(({ message }) => message);
  };
  const cells = [
    { environment: 'develop', kubernetes: '1.36' },
    { environment: 'production', kubernetes: '1.36' },
  ];

  it('of a real run follows the schema', async () => {
    await writeFiles(path.join(folder, 'charts/web'), webChart());
    await edit(path.join(folder, 'charts/web/templates/service.yaml'), 'spec:', 'spek: {}\nspec:');
    await validate(folder, { junitFile: 'junit.xml', kubernetesVersions: ['1.35', '1.36'] });
    const xml = await readFile(path.join(folder, 'junit.xml'), 'utf8');
    expect(xml).toContain('tests="3" failures="2"');
    expect(await problems(xml)).toEqual([]);
  }, 60_000);

  it('holds whatever a message or a name holds', async () => {
    const evil =
      ']]> <failure/> &amp; "quoted" \u0000\u0008\u001b[31m\ud800 \r\n\t\ufffe ::error::x <!-- -- > <![CDATA[';
    const findings = [
      finding({ message: evil, cells, place: { file: evil } }),
      finding({ message: evil, level: 'warning', resource: evil }),
    ];
    const xml = toJunit([
      { name: evil, path: evil, cells: [{ environment: evil, kubernetes: evil }, ...cells], findings },
    ]);
    expect(await problems(xml)).toEqual([]);
    expect(xml).not.toContain(']]>');
  });

  it('cuts what is too long to read', async () => {
    const findings = Array.from({ length: 3000 }, (_, index) =>
      finding({ message: `${index} ${'y'.repeat(10_000)}`, cells }),
    );
    const xml = toJunit([{ name: 'web', path: 'charts/web', cells, findings }]);
    expect(xml.length).toBeLessThan(4_000_000);
    expect(xml).toContain('… and 2500 more in the result file');
    expect(xml).toContain('<failure message="3000 errors" ');
    expect(await problems(xml)).toEqual([]);
  }, 60_000);

  it('is told apart from what does not follow the schema', async () => {
    expect(await problems('<testsuites tests="1" failures="0" errors="0"><x/></testsuites>')).toHaveLength(1);
  });
});

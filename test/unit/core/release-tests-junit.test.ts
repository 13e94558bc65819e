import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { memoryPages, validateXML } from 'xmllint-wasm';
import type { TestResult } from '../../../src/core/release-tests.js';
import { testsToJunit } from '../../../src/core/release-tests-junit.js';
import { projectRoot } from '../../support/services.js';

const result = (name: string, phase: TestResult['phase'], log = '', seconds = 1.5): TestResult => ({
  name,
  kind: 'Pod',
  phase,
  seconds,
  log,
});

describe('helm tests as JUnit XML', () => {
  it('have a case each, and are valid whatever a log holds', async () => {
    const xml = testsToJunit({
      release: 'shop',
      namespace: 'production',
      tests: [
        result('fine', 'Succeeded'),
        result('speaks', 'Succeeded', 'all & well\n'),
        result('fails', 'Failed', 'line 1\n<expected> "200" ]]> \u0007 got 500\n'),
        result('hangs', 'Running', '', 0),
        result('after', 'Skipped', '', 0),
      ],
    });
    expect(xml).toContain('<testsuites name="helm test" tests="5" failures="2" errors="0">');
    expect(xml).toContain('<testsuite name="production/shop" tests="5" failures="2" errors="0" time="4.5">');
    expect(xml).toContain('<testcase classname="production/shop" name="Pod/fine" time="1.5"/>');
    expect(xml).toContain(
      '<failure message="the test failed" type="helm-test">&lt;expected&gt; "200" ]]&gt; \ufffd got 500</failure>',
    );
    const schema = await readFile(path.join(projectRoot, 'test/fixtures/junit.xsd'), 'utf8');
    const { valid, errors } = await validateXML({
      xml,
      schema,
      initialMemoryPages: memoryPages.MiB * 16,
      maxMemoryPages: memoryPages.MiB * 64,
    });
    expect(errors).toEqual([]);
    expect(valid).toBe(true);
  });
});

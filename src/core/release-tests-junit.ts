/** The results of helm tests as JUnit XML: a suite for the release, a case for each test. */
import type { TestResult } from './release-tests.js';
import { escapeXmlAttribute, escapeXmlText } from './xml-text.js';

export interface TestedRelease {
  readonly release: string;
  readonly namespace: string;
  readonly tests: readonly TestResult[];
}

const MESSAGES = { Failed: 'the test failed', Running: 'the test did not end in time' };

function testCase(suite: string, { name, kind, phase, seconds, log }: TestResult): string {
  const open = `    <testcase classname="${escapeXmlAttribute(suite)}" name="${escapeXmlAttribute(`${kind}/${name}`)}" time="${seconds}"`;
  const output = log === '' ? '' : `      <system-out>${escapeXmlText(log)}</system-out>\n`;
  if (phase === 'Skipped') return `${open}>\n      <skipped message="an earlier test failed"/>\n    </testcase>\n`;
  const last = log.trimEnd().split('\n').at(-1) ?? '';
  const failure =
    phase === 'Succeeded'
      ? ''
      : `      <failure message="${escapeXmlAttribute(MESSAGES[phase])}" type="helm-test">${escapeXmlText(last)}</failure>\n`;
  return failure === '' && output === '' ? `${open}/>\n` : `${open}>\n${failure}${output}    </testcase>\n`;
}

/** The whole document. */
export function testsToJunit({ release, namespace, tests }: TestedRelease): string {
  const suite = `${namespace}/${release}`;
  const failures = tests.filter(({ phase }) => phase === 'Failed' || phase === 'Running').length;
  const seconds = Math.round(tests.reduce((sum, test) => sum + test.seconds, 0) * 10) / 10;
  const counts = `tests="${tests.length}" failures="${failures}" errors="0"`;
  const body = tests.map((test) => testCase(suite, test)).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="helm test" ${counts}>\n  <testsuite name="${escapeXmlAttribute(suite)}" ${counts} time="${seconds}">\n${body}  </testsuite>\n</testsuites>\n`;
}

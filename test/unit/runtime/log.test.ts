import { describe, expect, it } from '@jest/globals';
import { createLog } from '../../../src/runtime/log.js';
import { createMasks } from '../../../src/runtime/masks.js';
import { captureStdout } from '../../support/stdout.js';
import { annotationsOf } from '../../support/workflow-commands.js';

const stdout = captureStdout();

/** As the runner decides: `::` first in a line but for white space; `##[` anywhere. Characters without width do not count. */
function isObeyed(text: string): boolean {
  return text.split(/\r\n|[\n\r]/).some((line) => /^[\s\p{C}]*::/u.test(line) || line.includes('##['));
}

describe('the log', () => {
  it.each([
    ['a command', '::set-output name=x::y', '│ ::set-output name=x::y\n'],
    ['a command behind white space', ' \t::error::x', ' \t│ ::error::x\n'],
    ['a command on a later line', 'a\n::stop-commands::x', 'a\n│ ::stop-commands::x\n'],
    ['a command behind a carriage return', 'a\r::error::x', 'a\r│ ::error::x\n'],
    ['a command behind a next-line character', '\u0085::error::x', '\u0085│ ::error::x\n'],
    ['a command behind a character without width', '\u200b\u00ad::error::x', '\u200b\u00ad│ ::error::x\n'],
    ['an old command', '##[error]x', '##│[error]x\n'],
    ['an old command in the middle of a line', 'log: ##[set-env name=PATH]x', 'log: ##│[set-env name=PATH]x\n'],
  ])('shows %s and does not have it obeyed', (_, text, expected) => {
    createLog('deploy-chart', createMasks()).info(text);
    expect(stdout.text()).toBe(expected);
    expect(isObeyed(stdout.text())).toBe(false);
  });

  it.each(['a::b', 'kubectl: error', '# [x]', 'std::string'])('leaves %s as it is', (text) => {
    createLog('deploy-chart', createMasks()).info(text);
    expect(stdout.text()).toBe(`${text}\n`);
  });

  it('shows the lines of a group one by one, none of them as a command', () => {
    createLog('deploy-chart', createMasks()).group('logs of\npod ::x', 'first\n::endgroup::\nlast\n');
    expect(stdout.text()).toBe('::group::logs of pod ::x\nfirst\n│ ::endgroup::\nlast\n::endgroup::\n');
  });

  it('annotates with title, file, line and column, and keeps a message with several lines in one command', () => {
    createLog('validate-chart', createMasks()).error('two\nlines', { file: 'charts/a,b.yaml', line: 3, column: 7 });
    expect(stdout.text()).toBe('::error title=validate-chart,file=charts/a%2Cb.yaml,line=3,col=7::two%0Alines\n');
  });

  it('annotates without a place', () => {
    createLog('validate-chart', createMasks()).warning('careful');
    expect(stdout.text()).toBe('::warning title=validate-chart::careful\n');
  });

  it('annotates ten times of each level, and logs the rest with its place', () => {
    const log = createLog('validate-chart', createMasks());
    for (let index = 1; index <= 12; index++) {
      log.error(`error ${index}`, { file: 'values.yaml', line: index });
      log.warning(`warning ${index}`);
    }
    const annotations = annotationsOf(stdout.text());
    expect(annotations.filter(({ level }) => level === 'error')).toHaveLength(10);
    expect(annotations.filter(({ level }) => level === 'warning')).toHaveLength(10);
    expect(stdout.text()).toContain('\nerror: values.yaml:11: error 11\n');
    expect(stdout.text()).toContain('\nwarning: warning 12\n');
  });

  it('hides secrets in everything it writes', () => {
    const masks = createMasks();
    masks.add('hunter22');
    stdout.clear();
    const log = createLog('deploy-chart', masks);
    log.info('info hunter22');
    log.debug('debug hunter22');
    log.warning('warning hunter22');
    log.error('error hunter22');
    log.group('title hunter22', 'text hunter22');
    expect(stdout.text()).not.toContain('hunter22');
    expect(stdout.text().match(/\*\*\*/g)).toHaveLength(6);
  });
});

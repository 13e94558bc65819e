import { describe, expect, it } from '@jest/globals';
import { pushOutcome } from '../../../src/git/push-outcome.js';

const OID = 'c'.repeat(40);
const REF = `${OID}:refs/heads/main`;
const push = (code: number, stdout: string, stderr = '') =>
  pushOutcome(OID, 'main', { code, stdout: `To x\n${stdout}\nDone\n`, stderr });

describe('pushOutcome', () => {
  it.each([
    [0, ` \t${REF}\taaa..ccc`],
    [0, `=\t${REF}\t[up to date]`],
    [0, `+\t${REF}\taaa...ccc (forced update)`],
    [0, ''],
  ])('exit code %d, %j: committed', (code, line) => {
    expect(push(code, line)).toEqual({ status: 'committed', oid: OID });
  });

  it.each([
    '[rejected] (stale info)',
    '[rejected] (fetch first)',
    '[rejected] (non-fast-forward)',
    '[remote rejected] (cannot lock ref)',
    '[remote rejected] (incorrect old value provided)',
    '[remote rejected] (failed to update ref)',
    "[remote rejected] (cannot lock ref 'refs/heads/main': is at aaaa but expected bbbb)",
    '[remote rejected] (failed to lock)',
  ])('%s: the branch moved', (summary) => {
    expect(push(1, `!\t${REF}\t${summary}`)).toEqual({ status: 'moved', reason: summary });
  });

  it.each([
    [
      '[remote rejected] (protected branch hook declined)',
      'remote: error: GH006: Protected branch update failed for refs/heads/main.',
    ],
    ['[remote rejected] (pre-receive hook declined)', 'remote: no commits on Fridays'],
    [
      '[remote rejected] (push declined due to repository rule violations)',
      'remote: error: GH013: Repository rule violations found',
    ],
    ['[remote rejected] (something new)', 'remote: why'],
  ])('%s: refused, in the server’s words', (summary, stderr) => {
    expect(() => push(1, `!\t${REF}\t${summary}`, stderr)).toThrow(
      expect.objectContaining({
        code: 'refused',
        message: `The branch main does not accept the commit:\n${summary}\n${stderr}`,
      }),
    );
  });

  it.each([
    'remote: Permission to acme/charts.git denied to joe.\nfatal: unable to access: The requested URL returned error: 403',
    'fatal: Authentication failed for https://host/',
    'git@host: Permission denied (publickey).',
  ])('%s: unauthorized', (stderr) => {
    expect(() => push(128, '', stderr)).toThrow(expect.objectContaining({ code: 'unauthorized' }));
  });

  it.each([
    [128, '', 'fatal: the remote end hung up unexpectedly'],
    [1, `!\t${REF}\t[remote failure] (remote failed to report status)`, ''],
    [128, '', "fatal: unable to access 'https://host/': Could not resolve host: host"],
  ])('exit code %d, %j, %s: nobody knows', (code, line, stderr) => {
    expect(push(code, line, stderr)).toMatchObject({ status: 'unknown', error: { code: 'unreachable' } });
  });
});

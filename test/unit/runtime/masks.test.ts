import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { escapeMarkdown } from '../../../src/core/markdown.js';
import { createMasks } from '../../../src/runtime/masks.js';
import { captureStdout } from '../../support/stdout.js';
import { masksOf } from '../../support/workflow-commands.js';

const KUBECONFIG = `apiVersion: v1
kind: Config
clusters:
- name: production
  cluster:
    server: https://10.0.0.1:6443
    certificate-authority-data: Q0VSVElGSUNBVEU=
users:
- name: deployer
  user:
    token: "eyJhbGciOi.token"
    client-key-data: S0VZREFUQUtFWURBVEE=
contexts:
- name: main
  context: {cluster: production, user: deployer}
current-context: main
`;

const stdout = captureStdout();

function redact(secret: string, text: string): string {
  const masks = createMasks();
  masks.add(secret);
  return masks.redact(text);
}

describe('masks', () => {
  it.each([
    ['whole', 'hunter22', 'the password is hunter22.', 'the password is ***.'],
    ['twice', 'hunter22', 'hunter22hunter22', '******'],
    ['without the white space around it', ' hunter22\n', 'x=hunter22;', 'x=***;'],
    ['in base64', 'hunter22', `data: ${Buffer.from('hunter22').toString('base64')}`, 'data: ***'],
    ['given as base64', Buffer.from('the-real-secret').toString('base64'), 'the-real-secret', '***'],
    ['in a URL', 'pass/word?1', 'https://user:pass%2Fword%3F1@host', 'https://user:***@host'],
    ['escaped for Markdown', 'pass_word*1', escapeMarkdown('pass_word*1'), '***'],
    ['in a table of Markdown', 'pass|word', 'pass\\|word', '***'],
    ['in JSON', 'pass"w\\rd', JSON.stringify('pass"w\\rd'), '"***"'],
    ['by line', 'first-line\nsecond-line\r\nthird-line', 'a second-line, a third-line', 'a ***, a ***'],
    ['a longer secret before a shorter one within it', 'secret-secret\nsecret', 'secret-secret', '***'],
  ])('hides a secret %s', (_, secret, text, expected) => {
    expect(redact(secret, text)).toBe(expected);
  });

  it.each([
    ['shorter than four characters', 'abc', 'abcdef'],
    ['empty', '', 'nothing'],
    ['only white space', '  \n ', 'a  b'],
  ])('leaves the text alone when a secret is %s', (_, secret, text) => {
    expect(redact(secret, text)).toBe(text);
  });

  it('hides the credentials of a kubeconfig line by line, not its vocabulary', () => {
    const text = 'apiVersion: v1, kind: Config, production, main, https://10.0.0.1:6443, deployer';
    expect(redact(KUBECONFIG, text)).toBe(text);
    expect(redact(KUBECONFIG, 'eyJhbGciOi.token S0VZREFUQUtFWURBVEE=')).toBe('*** ***');
    const encoded = Buffer.from(KUBECONFIG).toString('base64');
    expect(redact(encoded, 'eyJhbGciOi.token')).toBe('***');
    expect(redact(encoded, encoded)).toBe('***');
  });

  it('tells the runner every form once', () => {
    const masks = createMasks();
    masks.add('one-secret\ntwo%secret');
    masks.add('one-secret');
    const told = masksOf(stdout.text());
    expect(told).toEqual(expect.arrayContaining(['one-secret\ntwo%secret', 'one-secret', 'two%secret']));
    expect(told).toContain(Buffer.from('two%secret').toString('base64'));
    expect(new Set(told).size).toBe(told.length);
  });

  it('hides any secret in any text, also when it is encoded', () => {
    const secret = fc.string({ unit: 'binary', minLength: 4, maxLength: 30 }).filter((text) => text.trim().length >= 4);
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (hidden, before, after) => {
        const forms = [hidden, Buffer.from(hidden).toString('base64'), JSON.stringify(hidden).slice(1, -1)];
        // A redacted text may hold the secret by chance when the text around it is a part of the secret.
        fc.pre(!/[*]/.test(hidden) && !forms.some((form) => before.includes(form) || after.includes(form)));
        for (const form of forms) expect(redact(hidden, form)).not.toContain(form);
        expect(redact(hidden, `${before}\u0000${hidden}\u0000${after}`)).not.toContain(`\u0000${hidden}\u0000`);
      }),
      { numRuns: 200 },
    );
  });
});

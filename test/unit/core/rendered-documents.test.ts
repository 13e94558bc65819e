import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { splitRender } from '../../../src/core/rendered-documents.js';

describe('splitRender', () => {
  it('gives each document its source', () => {
    const render =
      '---\n# Source: c/templates/a.yaml\nkind: A\n\n---\n# Source: c/charts/s/templates/b.yaml\n\n  \nkind: B\n';
    expect(splitRender(render)).toEqual([
      { source: 'c/templates/a.yaml', text: 'kind: A' },
      { source: 'c/charts/s/templates/b.yaml', text: 'kind: B' },
    ]);
  });

  it('knows that helm 3 puts a template’s own separator behind the source', () => {
    const render = '---\n# Source: c/templates/a.yaml\n---\nkind: A\n---\n# Source: c/templates/b.yaml\nkind: B\n';
    expect(splitRender(render).map(({ source }) => source)).toEqual(['c/templates/a.yaml', 'c/templates/b.yaml']);
  });

  it('drops documents without content, and keeps separators inside block scalars', () => {
    const text = 'a: |\n  x\n  ---\n  # Source: no\nb: "---"';
    const render = `---\n# Source: c/a\n# only a comment\n---\n# Source: c/b\n${text}\n--- # separator\n---\n`;
    expect(splitRender(render)).toEqual([{ source: 'c/b', text }]);
  });

  it('reads CRLF and a last document without a line break', () => {
    expect(splitRender('---\r\n# Source: c/a\r\nkind: A\r\n---\r\nkind: B')).toEqual([
      { source: 'c/a', text: 'kind: A' },
      { source: 'c/a', text: 'kind: B' },
    ]);
    expect(splitRender('')).toEqual([]);
  });

  it('finds again what was joined', () => {
    const line = fc.stringMatching(/^[a-z]{1,5}: [a-z0-9]{1,5}$/);
    const document = fc.record({
      source: fc.stringMatching(/^c\/templates\/[a-z]{1,8}\.yaml$/),
      text: fc.array(line, { minLength: 1, maxLength: 5 }).map((lines) => lines.join('\n')),
    });
    fc.assert(
      fc.property(fc.array(document, { maxLength: 8 }), (documents) => {
        const render = documents.map(({ source, text }) => `---\n# Source: ${source}\n${text}\n`).join('');
        expect(splitRender(render)).toEqual(documents);
      }),
    );
  });
});

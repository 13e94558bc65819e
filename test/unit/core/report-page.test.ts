import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anchor, escapeHtml, html } from '../../../src/core/html.js';
import { ago } from '../../../src/core/report-html-parts.js';
import { CONTENT_SECURITY_POLICY, reportHtml } from '../../../src/core/report-html.js';
import { reportMarkdown } from '../../../src/core/report-markdown.js';
import type { Report } from '../../../src/core/report-model.js';
import { HOSTILE, hostileReport, sampleImage, sampleRelease, sampleReport } from '../../support/sample-report.js';

describe('a template of HTML', () => {
  it('escapes whatever is filled in, in content and attributes alike', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const escaped = escapeHtml(text);
        expect(escaped).not.toMatch(/[<>"']/);
        expect(html`<a title="${text}">${[text, 1, null, false, undefined]}</a>`.text).toBe(
          `<a title="${escaped}">${escaped}1</a>`,
        );
      }),
    );
  });

  it.each([
    ['https://example.org/a', '<a href="https://example.org/a" rel="noopener noreferrer">x</a>'],
    ['javascript:alert(1)', 'x'],
    ['data:text/html,x', 'x'],
    ['https://example.org/ onclick=x', 'x'],
    ['', 'x'],
  ])('links to the web alone: %s', (url, expected) => {
    expect(anchor(url, 'x').text).toBe(expected);
  });
});

describe('the page of a report', () => {
  it('has one policy, that allows its own two texts and no connection', () => {
    const page = reportHtml(sampleReport());
    expect(page.match(/Content-Security-Policy/g)).toHaveLength(1);
    expect(page).toContain(`content="${escapeHtml(CONTENT_SECURITY_POLICY)}"`);
    expect(CONTENT_SECURITY_POLICY).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; img-src data:; base-uri 'none'; form-action 'none'$/,
    );
    expect(page).not.toMatch(/\sstyle="|\son[a-z]+="|<link(?! rel="icon" href="data:,")/);
    expect(page.match(/<script/g)).toHaveLength(1);
  });

  it('has no markup of what it shows', () => {
    const page = reportHtml(hostileReport());
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toContain('<img');
    expect(page).not.toContain('\u202e');
    expect(page).not.toMatch(/href="javascript:/);
  });

  it('is whole without releases, images and environments', () => {
    const empty: Report = { ...sampleReport(), environments: null, releases: [], images: [], notes: [] };
    const page = reportHtml(empty);
    expect(page).toContain('There are none.');
    expect(page).toContain('None run.');
    expect(page).not.toContain('id="environments"');
  });

  it.each([
    [0, 'just now'],
    [-5000, 'just now'],
    [90_000, '1 minute ago'],
    [7_200_000, '2 hours ago'],
    [86_400_000 * 45, '1 month ago'],
    [86_400_000 * 800, '2 years ago'],
  ])('tells %i ms as %s', (milliseconds, expected) => {
    expect(ago(milliseconds)).toBe(expected);
  });
});

describe('a report as Markdown', () => {
  it('begins with how many are in trouble, and shows the gravest first', () => {
    const text = reportMarkdown(sampleReport());
    expect(text.split('\n')[0]).toBe('### 🔴 What is running: 6 releases, 2 in trouble, 1 to look at');
    expect(text.indexOf('**edge**')).toBeLessThan(text.indexOf('**grafana**'));
    expect(text).toContain('shop: production is behind staging by 7 commits');
    expect(text).toContain('> ⚠️ Drift was not looked at in monitoring');
  });

  it('lets nothing from outside be markup', () => {
    // In code nothing is markup.
    const text = reportMarkdown(hostileReport()).replace(/(`+)[^`](?:.*?[^`])?\1(?!`)/g, 'code');
    const markup = [/<(?:img|script|td)/, /\]\((?!https:)/, /(?<![\u200b`])@everyone(?=.*\|)/].filter((one) =>
      one.test(text),
    );
    expect(markup).toEqual([]);
    expect(text.includes(HOSTILE)).toBe(false);
  });

  it('stays below 1 MiB, whatever there is, and says what was left out', () => {
    const releases = Array.from({ length: 20_000 }, (_, index) =>
      sampleRelease({
        name: `release-${index}`,
        description: 'x'.repeat(200),
        status: index < 9000 ? 'failed' : 'deployed',
      }),
    );
    const images = Array.from({ length: 5000 }, (_, index) => sampleImage(`service-${index}`, '1.0.0'));
    const text = reportMarkdown({ ...sampleReport(), releases, images });
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
    expect(Buffer.byteLength(text)).toBeGreaterThan(500_000);
    expect(text).toContain('**release-0**');
    expect(text).toMatch(/… and \d+ more/);
  });
});

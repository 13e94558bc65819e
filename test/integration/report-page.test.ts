import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { reportHtml } from '../../src/core/report-html.js';
import { hostileReport, sampleReport } from '../support/sample-report.js';
import { findChromium } from '../support/report-world.js';
import { projectRoot, temporaryFolder } from '../support/services.js';

jest.setTimeout(180_000);

const program = await findChromium();
const SCREENSHOT = path.join(projectRoot, 'docs/images/report-releases.png');
const axeSource = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface Visit {
  readonly page: Page;
  /** What the console said, what was thrown, and what was asked for besides the page. */
  readonly trouble: string[];
  close(): Promise<void>;
}

let folder: string;
let browser: Browser;
const inBrowser = program === undefined ? describe.skip : describe;
if (program === undefined) {
  // Not a failure: a machine need not have one. CHROMIUM may name it.
  it.skip('the page in a browser: there is no chromium on this machine (apt-get install chromium)', () => undefined);
}

async function visit(
  name: string,
  options: { readonly scheme?: 'light' | 'dark'; readonly width?: number; readonly hash?: string } = {},
): Promise<Visit> {
  const { scheme = 'light', width = 1400, hash = '' } = options;
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const trouble: string[] = [];
  page.on('console', (message) => trouble.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => trouble.push(error.message));
  page.on('dialog', (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const url = pathToFileURL(path.join(folder, name)).href;
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url && request.url() !== 'data:,') trouble.push(`request: ${request.url()}`);
  });
  await page.goto(`${url}${hash}`);
  return { page, trouble, close: () => context.close() };
}

const shown = (page: Page) => page.locator('#release-table > tbody:visible th[scope=row]').allInnerTexts();
const names = async (page: Page) =>
  (await shown(page)).map((text) =>
    text
      .split('\n')
      .map((one) => one.trim())
      .join(' ')
      .trim(),
  );

/** Names of rules that are broken seriously, each with where. */
async function seriousFindings(page: Page): Promise<readonly string[]> {
  // By the browser's own channel: the page's policy lets nobody add a script.
  await page.evaluate(await readFile(axeSource, 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<{
          violations: { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] }[];
        }>;
      };
    };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact !== 'minor')
      .flatMap(({ id, impact, nodes }) =>
        nodes.map((node) => `${impact} ${id}: ${node.target.join(' ')}: ${node.failureSummary}`),
      );
  });
}

inBrowser('the page of report-releases', () => {
  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeFile(path.join(folder, 'sample.html'), reportHtml(sampleReport()));
    await writeFile(path.join(folder, 'hostile.html'), reportHtml(hostileReport()));
    browser = await chromium.launch({ executablePath: program ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('shows the gravest first, asks for nothing else, and has nothing to complain about', async () => {
    const { page, trouble, close } = await visit('sample.html');
    expect(await names(page)).toEqual([
      'edge ingress',
      'payments payments',
      'shop shop-production',
      'grafana monitoring',
      'search search',
      'shop shop-staging',
    ]);
    expect(await page.locator('h1').innerText()).toBe('What is running');
    expect(await page.locator('#environments').innerText()).toContain('7 commits');
    expect(trouble).toEqual([]);
    await close();
  });

  it('filters by text, status and what is wrong, says how many are left, and keeps it in the address', async () => {
    const { page, trouble, close } = await visit('sample.html');
    await page.getByLabel('Filter', { exact: true }).fill('shop PRODUCTION');
    expect(await names(page)).toEqual(['shop shop-production']);
    expect(await page.locator('#count').innerText()).toBe('1 of 6 releases');
    expect(page.url()).toContain('#text=shop+PRODUCTION');
    await page.getByLabel('Filter', { exact: true }).fill('');
    await page.getByLabel('In trouble (2)').check();
    expect(await names(page)).toEqual(['edge ingress', 'payments payments']);
    await page.locator('#environment').selectOption('production');
    expect(await names(page)).toEqual(['payments payments']);
    await page.getByLabel('Only', { exact: false }).selectOption('drifted');
    expect(await names(page)).toEqual([]);
    expect(await page.locator('#none').isVisible()).toBe(true);
    await close();
    const again = await visit('sample.html', { hash: '#flag=drifted' });
    expect(await names(again.page)).toEqual(['shop shop-production']);
    expect([...trouble, ...again.trouble]).toEqual([]);
    await again.close();
  });

  it('sorts both ways with the keyboard, and says so', async () => {
    const { page, trouble, close } = await visit('sample.html');
    const revision = page.locator('#release-table thead th', { hasText: 'Rev.' });
    await revision.getByRole('button').focus();
    await page.keyboard.press('Enter');
    expect(await revision.getAttribute('aria-sort')).toBe('ascending');
    expect((await names(page))[0]).toBe('edge ingress');
    await page.keyboard.press('Enter');
    expect(await revision.getAttribute('aria-sort')).toBe('descending');
    expect((await names(page)).slice(0, 2)).toEqual(['shop shop-staging', 'shop shop-production']);
    await page.locator('#images th', { hasText: 'Platforms, size' }).getByRole('button').click();
    // What is not known comes last.
    expect(await page.locator('#images tbody').last().innerText()).toContain('ghcr.io/acme/edge');
    expect(trouble).toEqual([]);
    await close();
  });

  it('folds details with the keyboard, and shows all when printed', async () => {
    const { page, trouble, close } = await visit('sample.html');
    const toggle = page.getByRole('button', { name: 'grafana' });
    const detail = page.locator(`#${(await toggle.getAttribute('aria-controls')) ?? ''}`);
    expect([await toggle.getAttribute('aria-expanded'), await detail.isVisible()]).toEqual(['false', false]);
    await toggle.focus();
    await page.keyboard.press('Space');
    expect([await toggle.getAttribute('aria-expanded'), await detail.isVisible()]).toEqual(['true', true]);
    await page.keyboard.press('Space');
    await page.emulateMedia({ media: 'print' });
    expect(await detail.isVisible()).toBe(true);
    expect(await page.locator('.controls').isVisible()).toBe(false);
    await page.emulateMedia({ media: 'screen' });
    await page.keyboard.press('Control+Home');
    await page.locator('body').press('Tab');
    expect(trouble).toEqual([]);
    await close();
  });

  it.each(['light', 'dark'] as const)(
    'has no serious finding of axe in the %s theme, wide and narrow',
    async (scheme) => {
      for (const width of [1400, 400]) {
        const { page, trouble, close } = await visit('sample.html', { scheme, width });
        await page.getByRole('button', { name: 'Show all details' }).click();
        expect([width, await seriousFindings(page)]).toEqual([width, []]);
        // The page itself never scrolls sideways: its tables do.
        expect(
          await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth'),
        ).toBe(true);
        expect(trouble).toEqual([]);
        await close();
      }
    },
  );

  it('changes its theme, and looks as the one in the documentation', async () => {
    const { page, trouble, close } = await visit('sample.html');
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    const button = page.locator('#theme');
    await button.click();
    expect([await button.innerText(), await background()]).toEqual(['Theme: light', light]);
    await button.click();
    expect(await button.innerText()).toBe('Theme: dark');
    expect(await background()).not.toBe(light);
    const reports = path.join(projectRoot, 'reports');
    await mkdir(reports, { recursive: true });
    await page.screenshot({ path: path.join(reports, 'report-dark.png'), fullPage: true });
    await button.click();
    await page.setViewportSize({ width: 1360, height: 1300 });
    const picture = path.join(reports, 'report-light.png');
    await page.screenshot({ path: picture });
    expect((await stat(picture)).size).toBeLessThan(300_000);
    // Fonts differ from machine to machine, so it is only renewed on demand.
    if (process.env['UPDATE_SCREENSHOTS'] === 'true') await writeFile(SCREENSHOT, await readFile(picture));
    expect((await stat(SCREENSHOT)).size).toBeLessThan(300_000);
    expect(trouble).toEqual([]);
    await close();
  });

  it('runs no script that somebody put into a name, a note or a label', async () => {
    const { page, trouble, close } = await visit('hostile.html');
    await page.getByRole('button', { name: 'Show all details' }).click();
    await page.getByLabel('Filter', { exact: true }).fill('<script>');
    expect((await names(page)).length).toBe(6);
    for (const head of await page.locator('thead th button').all()) await head.click();
    for (const row of await page.locator('tbody th').all()) await row.hover();
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await page.locator('img, script:not(:last-of-type), a[href^=javascript]').count()).toBe(0);
    expect(await page.locator('#release-table .name').first().innerText()).toContain(
      '<script>window.hacked=1</script>',
    );
    expect(trouble).toEqual([]);
    await close();
  });

  it('shows everything without a script, too', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(pathToFileURL(path.join(folder, 'sample.html')).href);
    expect(await page.locator('.detail:visible').count()).toBe(6);
    expect(await page.locator('.controls').isVisible()).toBe(false);
    await context.close();
  });
});

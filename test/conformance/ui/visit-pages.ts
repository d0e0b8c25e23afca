import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PATIENCE_MS } from '../../support/patience.ts';
import { type Browser, launch, type Page } from './browser.ts';
import { type PageCase, pagesOf } from './pages.ts';
import { seed } from './seed.ts';

const { PLAYWRIGHT = '', CHROMIUM = '', SLIPWAY_URL = '', SCREENSHOTS, PAGES } = process.env;

/** Milliseconds to wait for requests that a page sends late. */
const SETTLE = 2000;

/** Requests by which the interface learns what a server offers: 404 hides the feature. */
const DETECTION: readonly RegExp[] = [/^GET \/ajax-api\/3\.0\/mlflow\/assistant\/config$/];

const isDetection = (method: string, url: string) =>
  DETECTION.some((one) => one.test(`${method} ${new URL(url).pathname}`));

/** Writes down everything that a page complains about. */
function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on('response', (response) => {
    const request = response.request();
    if (response.status() < 400) return;
    if (response.status() === 404 && isDetection(request.method(), response.url())) return;
    complaints.push(`${request.method()} ${response.url()} answered ${response.status()}`);
  });
  page.on('requestfailed', (request) => {
    const error = request.failure()?.errorText;
    // Left pages give up what they no longer need.
    if (error !== 'net::ERR_ABORTED') complaints.push(`${request.url()} failed: ${error}`);
  });
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    const { url } = message.location();
    // The browser's own report of an answer that was judged above.
    if (message.text().startsWith('Failed to load resource') && url) return;
    // A browser's remark that a layout took two rounds: https://www.w3.org/TR/resize-observer/#deliver-resize-error
    if (/ResizeObserver loop completed/.test(message.text())) return;
    complaints.push(`console: ${message.text().slice(0, 300)}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  return complaints;
}

async function see(page: Page, texts: readonly (string | RegExp)[]): Promise<string[]> {
  const missing: string[] = [];
  for (const text of texts) {
    try {
      const found = page.getByText(text).filter({ visible: true }).first();
      await found.waitFor({ state: 'visible', timeout: PATIENCE_MS });
    } catch {
      missing.push(`does not show ${text}`);
    }
  }
  return missing;
}

async function visit(browser: Browser, one: PageCase): Promise<string[]> {
  const context = await browser.newContext({ viewport: { width: 1600, height: 1200 } });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints = watch(page);
  try {
    await page.goto(`${SLIPWAY_URL}/#${one.path}`);
    complaints.push(...(await see(page, one.shows)));
    if (one.act) complaints.push(...(await see(page, await one.act(page))));
    await page.waitForLoadState('networkidle', { timeout: SETTLE }).catch(() => {});
  } catch (error) {
    complaints.push(String(error));
  }
  if (SCREENSHOTS) {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(SCREENSHOTS, `${one.name.replaceAll(' ', '-')}.png`) });
  }
  await context.close();
  return complaints;
}

const browser = await launch(pathToFileURL(PLAYWRIGHT).href, CHROMIUM);
let failed = 0;
const pages = pagesOf(await seed(SLIPWAY_URL)).filter(
  ({ name }) => !PAGES || PAGES.split(',').includes(name),
);
for (const page of pages) {
  const complaints = await visit(browser, page);
  if (complaints.length > 0) failed += 1;
  console.log(`${complaints.length > 0 ? 'failed: ui:' : 'ok'} ${page.name}`);
  for (const complaint of new Set(complaints)) console.log(`  ${complaint}`);
}
await browser.close();
console.log(`${pages.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

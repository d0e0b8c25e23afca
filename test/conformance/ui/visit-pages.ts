import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PATIENCE_MS } from '../../support/patience.ts';
import { actionsOf } from './actions.ts';
import { type Browser, launch, type Page } from './browser.ts';
import type { ActionCase } from './gestures.ts';
import { type PageCase, pagesOf } from './pages.ts';
import { seed } from './seed.ts';
import { seedSubjects } from './seed-subjects.ts';

const { PLAYWRIGHT = '', CHROMIUM = '', SLIPWAY_URL = '', SCREENSHOTS, PAGES } = process.env;

/** Milliseconds to wait for requests that a page sends late. */
const SETTLE = 2000;

/** Questions of the interface that 404 answers: what a server offers, and whether a name is free. */
const DETECTION: readonly RegExp[] = [
  /^GET \/ajax-api\/3\.0\/mlflow\/assistant\/config$/,
  /^GET \/ajax-api\/2\.0\/mlflow\/(experiments\/get-by-name|registered-models\/get)$/,
];

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

/** Opens a page in a browser of its own for `use`; what it and the page complain about. */
async function inBrowser(
  browser: Browser,
  name: string,
  use: (page: Page) => Promise<readonly string[]>,
): Promise<string[]> {
  const context = await browser.newContext({ viewport: { width: 1600, height: 1200 } });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints = watch(page);
  try {
    complaints.push(...(await use(page)));
    await page.waitForLoadState('networkidle', { timeout: SETTLE }).catch(() => {});
  } catch (error) {
    complaints.push(String(error));
  }
  if (SCREENSHOTS) {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(SCREENSHOTS, `${name.replaceAll(' ', '-')}.png`) });
  }
  await context.close();
  return complaints;
}

const open = (page: Page, path: string) => page.goto(`${SLIPWAY_URL}/#${path}`);

const visit = (one: PageCase) => async (page: Page) => {
  await open(page, one.path);
  const missing = await see(page, one.shows);
  return one.act ? [...missing, ...(await see(page, await one.act(page)))] : missing;
};

/** Does it, waits for the answer to what that changes, and looks for it where nothing is kept of before. */
const perform = (one: ActionCase) => async (page: Page) => {
  await open(page, one.path);
  const changed = page.waitForResponse(
    (response) => {
      const { pathname } = new URL(response.url());
      return one.changes.test(`${response.request().method()} ${pathname}`);
    },
    { timeout: PATIENCE_MS },
  );
  await Promise.all([one.act(page), changed]);
  await page.goto('about:blank');
  await open(page, one.seenAt ?? one.path);
  const missing = await see(page, one.shows);
  if (one.hides) {
    const hidden = page.getByText(one.hides).filter({ visible: true }).first();
    await hidden.waitFor({ state: 'hidden', timeout: PATIENCE_MS });
  }
  return missing;
};

const browser = await launch(pathToFileURL(PLAYWRIGHT).href, CHROMIUM);
let failed = 0;
// Home shows the newest experiments: those of the pages are made last.
const subjects = await seedSubjects(SLIPWAY_URL);
const cases = [
  ...pagesOf(await seed(SLIPWAY_URL)).map((one) => ({ name: one.name, use: visit(one) })),
  ...actionsOf(subjects).map((one) => ({ name: one.name, use: perform(one) })),
].filter(({ name }) => !PAGES || PAGES.split(',').includes(name));
for (const { name, use } of cases) {
  const complaints = await inBrowser(browser, name, use);
  if (complaints.length > 0) failed += 1;
  console.log(`${complaints.length > 0 ? 'failed: ui:' : 'ok'} ${name}`);
  for (const complaint of new Set(complaints)) console.log(`  ${complaint}`);
}
await browser.close();
console.log(`${cases.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

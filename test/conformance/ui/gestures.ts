import type { Locator, Page } from './browser.ts';

/** Something that people do: it sends a request, and afterwards a page that is loaded anew shows it. */
export interface ActionCase {
  readonly name: string;
  /** Behind `/#`, where it is done. */
  readonly path: string;
  readonly act: (page: Page) => Promise<void>;
  /** The request by which it is done: method and path. */
  readonly changes: RegExp;
  /** Where it is looked for; the same page if nothing is said. */
  readonly seenAt?: string;
  readonly shows: readonly (string | RegExp)[];
  /** What is to be gone once `shows` is there. */
  readonly hides?: string;
}

export const button = (within: Page | Locator, name: string | RegExp) =>
  within.getByRole('button', { name }).filter({ visible: true }).first();
export const dialog = (page: Page) => page.getByRole('dialog').last();
export const row = (page: Page, name: RegExp) => page.getByRole('row', { name }).first();

/** An entry of the menu beside a page's heading. */
export async function choose(page: Page, entry: string): Promise<void> {
  await button(page, 'Open header dropdown menu').click();
  await page.getByRole('menuitem', { name: entry }).first().click();
}

/** Fills the only field of a dialog and confirms. */
export async function answer(page: Page, text: string, confirm: string | RegExp): Promise<void> {
  await dialog(page).getByRole('textbox').first().fill(text);
  await button(dialog(page), confirm).click();
}

/** Adds a tag in the dialog for tags and saves it. */
export async function addTag(page: Page, key: string, value: string): Promise<void> {
  await dialog(page).getByRole('combobox').first().click();
  await page.keyboard.type(key);
  await page.keyboard.press('Enter');
  await dialog(page).getByPlaceholder('Type a value').first().fill(value);
  await button(dialog(page), 'Add tag').click();
  await button(dialog(page), /^Save/).click();
}

/** Fills the fields of a dialog from the first on. */
export async function answerAll(page: Page, texts: readonly string[]): Promise<void> {
  const fields = dialog(page).getByRole('textbox');
  for (const [i, text] of texts.entries()) await fields.nth(i).fill(text);
}

export const confirmDelete = (page: Page) => button(dialog(page), /Delete/).click();

import type { Locator, Page } from './browser.ts';
import type { Subjects } from './seed-subjects.ts';

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

const button = (within: Page | Locator, name: string | RegExp) =>
  within.getByRole('button', { name }).filter({ visible: true }).first();
const dialog = (page: Page) => page.getByRole('dialog').last();
const row = (page: Page, name: RegExp) => page.getByRole('row', { name }).first();

/** An entry of the menu beside a page's heading. */
async function choose(page: Page, entry: string): Promise<void> {
  await button(page, 'Open header dropdown menu').click();
  await page.getByRole('menuitem', { name: entry }).first().click();
}

/** Fills the only field of a dialog and confirms. */
async function answer(page: Page, text: string, confirm: string | RegExp): Promise<void> {
  await dialog(page).getByRole('textbox').first().fill(text);
  await button(dialog(page), confirm).click();
}

/** Fills the fields of a dialog from the first on. */
async function answerAll(page: Page, texts: readonly string[]): Promise<void> {
  const fields = dialog(page).getByRole('textbox');
  for (const [i, text] of texts.entries()) await fields.nth(i).fill(text);
}

const confirmDelete = (page: Page) => button(dialog(page), /Delete/).click();

export function actionsOf(subjects: Subjects): ActionCase[] {
  const { renamed, deleted, runs, run, deletedRun, traces, dataset } = subjects;
  const runsPath = `/experiments/${runs}/runs`;
  return [
    {
      name: 'an experiment is created',
      path: '/experiments',
      act: async (page) => {
        await button(page, 'Create').click();
        await answer(page, 'Träume "1"', 'Create');
      },
      changes: /^POST .*\/experiments\/create$/,
      seenAt: '/experiments',
      shows: ['Träume "1"'],
    },
    {
      name: 'an experiment is renamed',
      path: `/experiments/${renamed}/runs`,
      act: async (page) => {
        await choose(page, 'Rename');
        await answer(page, 'new-name', /Save|Rename/);
      },
      changes: /^POST .*\/experiments\/update$/,
      seenAt: '/experiments',
      shows: ['new-name'],
      hides: 'old-name',
    },
    {
      name: 'an experiment is deleted',
      path: `/experiments/${deleted}/runs`,
      act: async (page) => {
        await choose(page, 'Delete');
        await confirmDelete(page);
      },
      changes: /^POST .*\/experiments\/delete$/,
      seenAt: '/experiments',
      shows: ['flights'],
      hides: 'short-lived',
    },
    {
      name: 'an experiment gets a tag',
      path: '/experiments',
      act: async (page) => {
        await button(row(page, /to-be-tagged/), 'Edit tags').click();
        await dialog(page).getByRole('combobox').first().click();
        await page.keyboard.type('owner');
        await page.keyboard.press('Enter');
        await dialog(page).getByPlaceholder('Type a value').first().fill('Zoë');
        await button(dialog(page), 'Add tag').click();
        await button(dialog(page), 'Save tags').click();
      },
      changes: /^POST .*\/experiments\/set-experiment-tag$/,
      shows: ['owner', 'Zoë'],
    },
    {
      name: 'a run is renamed',
      path: `${runsPath}/${run}`,
      act: async (page) => {
        await choose(page, 'Rename');
        await answer(page, 'second name', /Save|Rename/);
      },
      changes: /^POST .*\/runs\/update$/,
      shows: ['second name'],
    },
    {
      name: 'a run gets a description',
      path: `${runsPath}/${run}`,
      act: async (page) => {
        await button(page, 'Edit description').click();
        await page.locator('textarea').filter({ visible: true }).first().fill('the **best**');
        await button(page, 'Save').click();
      },
      changes: /^POST .*\/runs\/set-tag$/,
      shows: ['best'],
    },
    {
      name: 'a run is deleted',
      path: `${runsPath}/${deletedRun}`,
      act: async (page) => {
        await choose(page, 'Delete');
        await confirmDelete(page);
      },
      changes: /^POST .*\/runs\/delete$/,
      seenAt: runsPath,
      shows: [/first name|second name/],
      hides: 'unloved',
    },
    ...actionsOfModels,
    ...actionsOfPrompts,
    ...actionsOfApplications(traces, dataset),
  ];
}

const actionsOfModels: readonly ActionCase[] = [
  {
    name: 'a model is created',
    path: '/models',
    act: async (page) => {
      await button(page, 'Try it now').click();
      await button(page, 'Create Model').click();
      await answer(page, 'made-model', 'Create');
    },
    changes: /^POST .*\/registered-models\/create$/,
    seenAt: '/models',
    shows: ['made-model'],
  },
  {
    name: 'a version gets an alias',
    path: '/models/plain-model',
    act: async (page) => {
      await button(page, 'Try it now').click();
      // The first adds tags.
      await row(page, /Version 2/)
        .getByRole('button', { name: 'Add' })
        .last()
        .click();
      await dialog(page).getByRole('combobox').first().click();
      await page.keyboard.type('best-yet');
      await page.keyboard.press('Enter');
      await button(dialog(page), 'Save aliases').click();
    },
    changes: /^POST .*\/registered-models\/alias$/,
    shows: ['best-yet'],
  },
];

const actionsOfPrompts: readonly ActionCase[] = [
  {
    name: 'a prompt is created',
    path: '/prompts',
    act: async (page) => {
      await button(page, 'Create prompt').click();
      await dialog(page).locator('textarea').first().fill('Dear {{reader}}, hello');
      await answer(page, 'made-prompt', /Create/);
    },
    changes: /^POST .*\/model-versions\/create$/,
    seenAt: '/prompts/made-prompt',
    shows: ['Version 1', /Dear .*reader.*, hello/],
  },
  {
    name: 'a prompt gets a version',
    path: '/prompts/farewell',
    act: async (page) => {
      await button(page, 'Create prompt version').click();
      await dialog(page).locator('textarea').first().fill('See you soon, {{name}}');
      await button(dialog(page), /Create/).click();
    },
    changes: /^POST .*\/model-versions\/create$/,
    shows: ['Version 2', /See you soon/],
  },
  {
    name: 'a prompt is deleted',
    path: '/prompts/unloved-prompt',
    act: async (page) => {
      await button(page, 'More actions').click();
      await page
        .getByRole('menuitem', { name: /Delete/ })
        .first()
        .click();
      await confirmDelete(page);
    },
    changes: /^DELETE .*\/registered-models\/delete$/,
    seenAt: '/prompts',
    shows: ['farewell'],
    hides: 'unloved-prompt',
  },
];

/** Of applications of language models, and of the whole host. */
const actionsOfApplications = (experiment: string, dataset: string): ActionCase[] => [
  {
    name: 'a trace is deleted',
    path: `/experiments/${experiment}/traces`,
    act: async (page) => {
      await button(page, 'Got it').click();
      await row(page, /Where is Rome/)
        .getByRole('checkbox')
        .first()
        .click();
      await button(page, /Actions/).click();
      await page
        .getByRole('menuitem', { name: /Delete/ })
        .first()
        .click();
      await confirmDelete(page);
    },
    changes: /^POST .*\/traces\/delete-traces$/,
    shows: [/Where is Oslo/],
    hides: 'Where is Rome',
  },
  {
    name: 'an evaluation dataset is created',
    path: `/experiments/${experiment}/datasets`,
    act: async (page) => {
      await button(page, 'Create dataset').click();
      await answer(page, 'made-set', 'Create');
    },
    changes: /^POST .*\/datasets\/create$/,
    shows: ['made-set'],
  },
  {
    name: 'an evaluation dataset is deleted',
    path: `/experiments/${experiment}/datasets`,
    act: async (page) => {
      await button(row(page, new RegExp(dataset)), 'Dataset actions').click();
      await page.getByRole('menuitem', { name: 'Delete dataset' }).first().click();
    },
    changes: /^DELETE .*\/datasets\/d-/,
    shows: ['Create dataset'],
    hides: dataset,
  },
  {
    name: 'a webhook is created',
    path: '/settings',
    act: async (page) => {
      await button(page, 'Create webhook').click();
      await answerAll(page, ['made-hook', 'https://example.com/hook']);
      await dialog(page).getByRole('checkbox').first().click();
      await button(dialog(page), /Create|Save/).click();
    },
    changes: /^POST .*\/webhooks$/,
    shows: ['made-hook'],
  },
  {
    name: 'the demo is started',
    path: '/',
    act: (page) => button(page, 'Start Demo').click(),
    changes: /^POST .*\/demo\/generate$/,
    seenAt: '/experiments',
    shows: ['MLflow Demo'],
  },
  {
    name: 'the demo is cleared away',
    path: '/settings',
    act: async (page) => {
      await button(page, 'Clear all demo data').click();
      await button(dialog(page), /Clear|Delete|Confirm/i).click();
    },
    changes: /^POST .*\/demo\/delete$/,
    seenAt: '/experiments',
    shows: ['flights'],
    hides: 'MLflow Demo',
  },
];

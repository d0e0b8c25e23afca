import { actionsOfRuns } from './actions-of-runs.ts';
import {
  type ActionCase,
  addTag,
  answer,
  answerAll,
  button,
  choose,
  confirmDelete,
  dialog,
  row,
} from './gestures.ts';
import type { Subjects } from './seed-subjects.ts';

export function actionsOf(subjects: Subjects): ActionCase[] {
  const { renamed, deleted, runs, run, deletedRun, unregistered, traces, dataset } = subjects;
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
        await addTag(page, 'owner', 'Zoë');
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
      name: 'a run gets a tag',
      path: `${runsPath}/${run}`,
      act: async (page) => {
        await button(page, 'Add tags').click();
        await addTag(page, 'reviewer', 'Åsa');
      },
      changes: /^POST .*\/runs\/set-tag$/,
      shows: ['reviewer', 'Åsa'],
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
    ...actionsOfRuns(subjects),
    {
      name: 'a logged model is registered',
      path: unregistered,
      act: async (page) => {
        await button(page, 'Register model').click();
        await dialog(page).getByRole('combobox').first().click();
        await page.getByText('Create New Model').filter({ visible: true }).first().click();
        await answer(page, 'registered-here', 'Register');
      },
      changes: /^POST .*\/model-versions\/create$/,
      seenAt: '/models/registered-here',
      shows: ['Version 1'],
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
    name: 'a model gets a description',
    path: '/models/plain-model',
    act: async (page) => {
      await button(page, 'Try it now').click();
      await page
        .getByText(/^Edit$/)
        .filter({ visible: true })
        .first()
        .click();
      await page.locator('textarea').filter({ visible: true }).first().fill('early **birds**');
      await button(page, 'Save').click();
    },
    changes: /^PATCH .*\/registered-models\/update$/,
    shows: ['birds'],
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
  {
    name: 'a model is deleted',
    path: '/models/unloved-model',
    act: async (page) => {
      await button(page, 'Try it now').click();
      await choose(page, 'Delete');
      await confirmDelete(page);
    },
    changes: /^DELETE .*\/registered-models\/delete$/,
    seenAt: '/models',
    shows: ['plain-model'],
    hides: 'unloved-model',
  },
  {
    name: 'a version gets a tag',
    path: '/models/plain-model',
    act: async (page) => {
      await button(page, 'Try it now').click();
      await button(row(page, /Version 1/), 'Add').click();
      await addTag(page, 'checked-by', 'Ana');
    },
    changes: /^POST .*\/model-versions\/set-tag$/,
    shows: ['checked-by'],
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
    name: 'a prompt gets an alias',
    path: '/prompts/farewell',
    act: async (page) => {
      await button(page, 'Add').click();
      await dialog(page).getByRole('combobox').first().click();
      await page.keyboard.type('in-use');
      await page.keyboard.press('Enter');
      await button(dialog(page), /Save/).click();
    },
    changes: /^POST .*\/registered-models\/alias$/,
    shows: ['in-use'],
  },
  {
    name: 'a prompt gets settings of its model',
    path: '/prompts/farewell',
    act: async (page) => {
      await page.getByText('Model Config:').locator('xpath=following::button[1]').click();
      await answer(page, '0.25', 'Save');
    },
    changes: /^POST .*\/model-versions\/set-tag$/,
    shows: ['0.25'],
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
    // The only one there is until the next case.
    name: 'a webhook is deleted',
    path: '/settings',
    act: async (page) => {
      await button(page, /^Delete$/).click();
      await confirmDelete(page);
    },
    changes: /^DELETE .*\/webhooks\/[^/]+$/,
    shows: [/No webhooks/],
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
    name: 'a webhook is changed',
    path: '/settings',
    act: async (page) => {
      await button(page, /^Edit$/).click();
      await answer(page, 'changed-hook', /Save|Update/);
    },
    changes: /^PATCH .*\/webhooks\/[^/]+$/,
    shows: ['changed-hook'],
    hides: 'made-hook',
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

import type { Page } from './browser.ts';
import { type ActionCase, answer, button, confirmDelete, dialog } from './gestures.ts';
import type { Subjects } from './seed-subjects.ts';

/** Ticks a run in the table of runs, which shows the buttons for what is selected. */
const select = (page: Page, name: string) =>
  page.locator('.ag-row').filter({ hasText: name }).locator('.ag-checkbox-input').first().click();

/** What is done to the runs that are selected in their table. */
export const actionsOfRuns = ({ tableOfRuns: at }: Subjects): ActionCase[] => [
  {
    name: 'a selected run is renamed',
    path: `${at}?lifecycleFilter=Active`,
    act: async (page) => {
      await select(page, 'misnamed');
      await button(page, 'Rename').click();
      await answer(page, 'well named', /Save|Rename/);
    },
    changes: /^POST .*\/runs\/update$/,
    shows: ['well named'],
    hides: 'misnamed',
  },
  {
    name: 'a selected run is deleted',
    path: `${at}?lifecycleFilter=Active`,
    act: async (page) => {
      await select(page, 'superfluous');
      await button(page, 'Delete').click();
      await confirmDelete(page);
    },
    changes: /^POST .*\/runs\/delete$/,
    seenAt: `${at}?lifecycleFilter=Deleted`,
    shows: ['superfluous'],
  },
  {
    name: 'a deleted run is restored',
    path: `${at}?lifecycleFilter=Deleted`,
    act: async (page) => {
      await select(page, 'regretted');
      await button(page, 'Restore').click();
      await button(dialog(page), 'Restore').click();
    },
    changes: /^POST .*\/runs\/restore$/,
    seenAt: `${at}?lifecycleFilter=Active`,
    shows: ['regretted'],
  },
];

import { PATIENCE_MS } from '../../support/patience.ts';
import type { Page } from './browser.ts';
import type { Seed } from './seed.ts';

/** A page of the interface: where it is and what it must show. */
export interface PageCase {
  readonly name: string;
  /** Behind `/#`. */
  readonly path: string;
  readonly shows: readonly (string | RegExp)[];
  /** What somebody does there, with what must be seen then. */
  readonly act?: (page: Page) => Promise<readonly (string | RegExp)[]>;
}

export function pagesOf({ experiment, swift, slow, model, trace }: Seed): PageCase[] {
  const at = `/experiments/${experiment}`;
  const ids = (...values: string[]) => encodeURIComponent(JSON.stringify(values));
  return [
    { name: 'home', path: '/', shows: ['flights'] },
    { name: 'experiments', path: '/experiments', shows: ['flights', 'Default'] },
    {
      name: 'runs',
      path: `${at}/runs`,
      shows: ['swift', 'slow', 'january (d1a2)', 'matching runs', 'train.py'],
    },
    {
      name: 'runs found by a filter',
      path: `${at}/runs`,
      shows: ['slow'],
      act: async (page) => {
        const search = page.getByPlaceholder(/metrics\.rmse/).first();
        await search.fill('metrics.loss > 2 AND attributes.run_name ILIKE "SW%"');
        await search.press('Enter');
        await page.getByText('slow').first().waitFor({ state: 'hidden', timeout: PATIENCE_MS });
        return ['swift', /^1$/];
      },
    },
    {
      name: 'runs of a dataset',
      path: `${at}/runs`,
      shows: ['slow'],
      act: async (page) => {
        await page
          .getByRole('combobox', { name: /Datasets/ })
          .first()
          .click();
        await page
          .getByRole('option', { name: /january/ })
          .first()
          .click();
        await page.getByText('slow').first().waitFor({ state: 'hidden', timeout: PATIENCE_MS });
        return ['swift', /^1$/];
      },
    },
    {
      name: 'charts of runs',
      path: `${at}/runs?compareRunsMode=CHART`,
      // Names in the legend of a chart: its points have come.
      shows: ['swift (loss)', 'slow (loss)'],
    },
    {
      name: 'runs by a metric',
      path: `${at}/runs`,
      shows: ['swift'],
      act: async (page) => {
        await page.getByRole('button', { name: /Sort/ }).first().click();
        await page.getByText('auc').last().click();
        return ['Sort: auc', '0.71'];
      },
    },
    {
      name: 'run',
      path: `${at}/runs/${swift}`,
      shows: ['swift', 'Metrics (2)', 'auc', 'depth', 'Finished', 'boosted-trees', 'flight-delay'],
    },
    {
      name: 'metrics of a run',
      path: `${at}/runs/${swift}/model-metrics`,
      shows: ['auc', 'swift (loss)'],
    },
    {
      name: 'artifacts of a run',
      path: `${at}/runs/${swift}/artifacts`,
      shows: ['notes'],
      act: async (page) => {
        await page.getByText('notes').first().click();
        await page.getByText('hello.txt').first().click();
        return ['good morning'];
      },
    },
    {
      name: 'table in the artifacts of a run',
      path: `${at}/runs/${swift}/artifacts`,
      shows: ['notes'],
      act: async (page) => {
        await page.getByText('notes').first().click();
        await page.getByText('delays.csv').first().click();
        return ['Previewing the first 2 rows', 'airport', 'Oslo'];
      },
    },
    {
      name: 'traces of a run',
      path: `${at}/runs/${swift}/traces`,
      shows: ['Where is Paris?', 'In France'],
    },
    {
      name: 'comparison of runs',
      path: `/compare-runs?runs=${ids(swift, slow)}&experiments=${ids(experiment)}`,
      shows: [/Comparing 2 Runs/, 'swift', 'slow', 'depth'],
    },
    {
      name: 'plots of a comparison',
      path: `/compare-runs?runs=${ids(swift, slow)}&experiments=${ids(experiment)}`,
      shows: ['swift'],
      act: async (page) => {
        await page.getByRole('tab', { name: 'Box Plot' }).first().click();
        await page
          .getByText('Select parameters/metrics to plot.')
          .first()
          .waitFor({ state: 'visible', timeout: PATIENCE_MS });
        await page.getByRole('tab', { name: 'Contour Plot' }).first().click();
        await page.getByText('Z-axis:').first().waitFor({ state: 'visible', timeout: PATIENCE_MS });
        await page.getByRole('tab', { name: 'Scatter Plot' }).first().click();
        return ['X-axis:', 'Y-axis:'];
      },
    },
    {
      name: 'logged models',
      path: `${at}/models`,
      shows: ['boosted-trees', 'Ready', 'flight-delay'],
    },
    {
      name: 'logged model',
      path: `${at}/models/${model}`,
      shows: [
        'boosted-trees',
        'auc',
        '0.71',
        'january (#d1a2)',
        'trees',
        '200',
        'flight-delay',
        'swift',
      ],
    },
    {
      name: 'artifacts of a logged model',
      path: `${at}/models/${model}/artifacts`,
      shows: ['MLmodel'],
      act: async (page) => {
        await page.getByText('MLmodel').first().click();
        return ['flavors: {}'];
      },
    },
    {
      name: 'traces',
      path: `${at}/traces`,
      shows: ['Where is Paris?', 'In France', 'correct'],
    },
    {
      name: 'trace',
      path: `${at}/traces?selectedEvaluationId=${trace}`,
      shows: ['Where is Paris?', 'look-up', 'was called', 'Feedback (1)'],
      act: async (page) => {
        await page.getByText('Details & Timeline').first().click();
        return ['travel-agent', 'look-up'];
      },
    },
    { name: 'overview of traces', path: `${at}/overview`, shows: [/Token/] },
    { name: 'evaluation datasets', path: `${at}/datasets`, shows: [/dataset/i] },
    { name: 'registered models', path: '/models', shows: ['flight-delay'] },
    {
      name: 'registered models found by a filter',
      path: '/models',
      shows: ['plain-model'],
      act: async (page) => {
        await page.getByRole('button', { name: 'Try it now' }).first().click();
        const search = page.getByPlaceholder(/Filter|Search/).first();
        await search.fill('DELAY');
        await search.press('Enter');
        const other = page.getByText('plain-model').first();
        await other.waitFor({ state: 'hidden', timeout: PATIENCE_MS });
        return ['flight-delay'];
      },
    },
    {
      name: 'registered model',
      path: '/models/flight-delay',
      shows: ['flight-delay', 'late arrivals', 'Version 1', 'champion'],
    },
    {
      name: 'version of a model',
      path: '/models/flight-delay/versions/1',
      shows: ['Version 1', 'champion', 'swift'],
    },
    { name: 'prompts', path: '/prompts', shows: ['greeting'] },
    { name: 'prompt', path: '/prompts/greeting', shows: ['greeting', /Say hello to/] },
    { name: 'gateway', path: '/gateway', shows: [/Set up MLflow AI Gateway/] },
    { name: 'settings', path: '/settings', shows: [/Webhooks/] },
    {
      name: 'experiment that is not there',
      path: '/experiments/987654',
      shows: [/not found|No Experiment/i],
    },
    {
      name: 'run that is not there',
      path: `${at}/runs/nobody`,
      shows: [/not found|doesn't exist/i],
    },
  ];
}

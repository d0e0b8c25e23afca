import { createHash } from 'node:crypto';
import { aLoggedModel, call, callV3 } from './seed.ts';

/** What the actions of the lane change: each has its own, so that none needs another. */
export interface Subjects {
  /** Ids of experiments. */
  readonly renamed: string;
  readonly deleted: string;
  readonly runs: string;
  /** Ids of runs in `runs`. */
  readonly run: string;
  readonly deletedRun: string;
  /** Where the table is of the runs that are selected: its experiment is theirs alone. */
  readonly tableOfRuns: string;
  /** The page of a logged model that no version was made of. */
  readonly unregistered: string;
  /** An experiment with traces. */
  readonly traces: string;
  /** Name of an evaluation dataset of that. */
  readonly dataset: string;
}

export async function seedSubjects(url: string): Promise<Subjects> {
  const post = (path: string, body: object) => call(url, 'POST', path, body);
  const experiment = async (name: string) =>
    (await post('/experiments/create', { name })).experiment_id;
  const [renamed, deleted, runs] = [
    await experiment('old-name'),
    await experiment('short-lived'),
    await experiment('of-runs'),
  ];
  await experiment('to-be-tagged');
  const aRun = async (experiment_id: string, run_name: string) => {
    const start_time = Date.now();
    const { run } = await post('/runs/create', { experiment_id, run_name, start_time });
    return run.info.run_id;
  };
  const [run, deletedRun] = [await aRun(runs, 'first name'), await aRun(runs, 'unloved')];
  const selected = await experiment('of-selected-runs');
  for (const name of ['misnamed', 'superfluous']) await aRun(selected, name);
  await post('/runs/delete', { run_id: await aRun(selected, 'regretted') });
  const tableOfRuns = `/experiments/${selected}/runs`;
  const logged = await experiment('of-models');
  const loggedModel = await aLoggedModel(url, logged, await aRun(logged, 'trained'));
  const unregistered = `/experiments/${logged}/models/${loggedModel}`;
  const name = 'plain-model';
  await post('/registered-models/create', { name });
  for (const source of ['s3://b/m1', 's3://b/m2']) {
    await post('/model-versions/create', { name, source });
  }
  await post('/registered-models/create', { name: 'unloved-model' });
  const events = [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }];
  const hook = { name: 'unloved-hook', url: 'https://example.com/old', events };
  await post('/webhooks', { ...hook, status: 'DISABLED' });
  await aPrompt(url, 'farewell');
  await aPrompt(url, 'unloved-prompt');
  const traces = await experiment('of-traces');
  for (const place of ['Rome', 'Oslo']) await aTrace(url, traces, `Where is ${place}?`);
  const dataset = 'unloved-set';
  await callV3(url, '/datasets/create', { name: dataset, experiment_ids: [traces] });
  const ofRuns = { runs, run, deletedRun, tableOfRuns };
  return { renamed, deleted, ...ofRuns, unregistered, traces, dataset };
}

async function aPrompt(url: string, name: string): Promise<void> {
  const isPrompt = { key: 'mlflow.prompt.is_prompt', value: 'true' };
  await call(url, 'POST', '/registered-models/create', { name, tags: [isPrompt] });
  const tags = [isPrompt, { key: 'mlflow.prompt.text', value: 'Goodbye {{name}}.' }];
  await call(url, 'POST', '/model-versions/create', { name, source: 'prompt-template', tags });
}

async function aTrace(url: string, experiment_id: string, request_preview: string): Promise<void> {
  const id = createHash('sha256').update(request_preview).digest('hex').slice(0, 32);
  await callV3(url, '/traces', {
    trace: {
      trace_info: {
        trace_id: `tr-${id}`,
        trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id } },
        request_time: new Date().toISOString(),
        execution_duration: '0.5s',
        request_preview,
        state: 'OK',
      },
    },
  });
}

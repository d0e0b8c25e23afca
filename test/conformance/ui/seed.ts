/** What the pages show. */
export interface Seed {
  readonly experiment: string;
  /** Ids of two runs: `swift` has everything, `slow` only metrics. */
  readonly swift: string;
  readonly slow: string;
  readonly model: string;
}

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Body = any;

async function call(url: string, method: string, path: string, body?: object): Promise<Body> {
  const response = await fetch(`${url}/api/2.0/mlflow${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

const STEPS = Array.from({ length: 30 }, (_, step) => step);

/** Fills an empty host with an experiment, two runs, a logged model, a version of it and a prompt. */
export async function seed(url: string): Promise<Seed> {
  const post = (path: string, body: object) => call(url, 'POST', path, body);
  const { experiment_id: experiment } = await post('/experiments/create', { name: 'flights' });
  const start_time = Date.now() - 60_000;
  const aRun = async (run_name: string, offset: number): Promise<string> => {
    const { run } = await post('/runs/create', {
      experiment_id: experiment,
      run_name,
      start_time: start_time + offset,
      tags: [{ key: 'mlflow.source.name', value: 'train.py' }],
    });
    const { run_id } = run.info;
    const metrics = STEPS.map((step) => ({
      key: 'loss',
      value: offset + 1 / (step + 1),
      timestamp: start_time + step,
      step,
    }));
    await post('/runs/log-batch', {
      run_id,
      metrics,
      params: [{ key: 'depth', value: `${offset}` }],
    });
    return run_id;
  };
  const [swift, slow] = [await aRun('swift', 2), await aRun('slow', 1)];
  const dataset = { name: 'january', digest: 'd1a2', source_type: 'local', source: '{}' };
  const tags = [{ key: 'mlflow.data.context', value: 'training' }];
  await post('/runs/log-inputs', { run_id: swift, datasets: [{ dataset, tags }] });
  const model = await aLoggedModel(url, experiment, swift);
  for (const run_id of [swift, slow]) {
    await post('/runs/update', { run_id, status: 'FINISHED', end_time: Date.now() });
  }
  await post('/registered-models/create', { name: 'flight-delay', description: 'late arrivals' });
  await post('/model-versions/create', {
    name: 'flight-delay',
    source: `models:/${model}`,
    model_id: model,
  });
  const champion = { name: 'flight-delay', alias: 'champion', version: '1' };
  await post('/registered-models/alias', champion);
  const isPrompt = { key: 'mlflow.prompt.is_prompt', value: 'true' };
  await post('/registered-models/create', { name: 'greeting', tags: [isPrompt] });
  const text = { key: 'mlflow.prompt.text', value: 'Say hello to {{name}}.' };
  await post('/model-versions/create', {
    name: 'greeting',
    source: 'prompt-template',
    tags: [isPrompt, text],
  });
  await upload(url, `${experiment}/${swift}/artifacts/notes/hello.txt`, 'good morning');
  return { experiment, swift, slow, model };
}

async function aLoggedModel(url: string, experiment: string, run: string): Promise<string> {
  const { model } = await call(url, 'POST', '/logged-models', {
    experiment_id: experiment,
    name: 'boosted-trees',
    source_run_id: run,
    params: [{ key: 'trees', value: '200' }],
  });
  const { model_id } = model.info;
  await upload(url, `${experiment}/models/${model_id}/artifacts/MLmodel`, 'flavors: {}\n');
  await call(url, 'PATCH', `/logged-models/${model_id}`, { status: 'LOGGED_MODEL_READY' });
  await call(url, 'POST', '/runs/outputs', { run_id: run, models: [{ model_id, step: 0 }] });
  await call(url, 'POST', '/runs/log-metric', {
    run_id: run,
    key: 'auc',
    value: 0.71,
    timestamp: Date.now(),
    step: 0,
    model_id,
    dataset_name: 'january',
    dataset_digest: 'd1a2',
  });
  return model_id;
}

async function upload(url: string, path: string, content: string): Promise<void> {
  const address = `${url}/api/2.0/mlflow-artifacts/artifacts/${path}`;
  const response = await fetch(address, { method: 'PUT', body: content });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

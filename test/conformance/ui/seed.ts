/** What the pages show. */
export interface Seed {
  readonly experiment: string;
  /** Ids of two runs: `swift` has everything, `slow` only metrics. */
  readonly swift: string;
  readonly slow: string;
  readonly model: string;
  /** Id of a trace with two spans. */
  readonly trace: string;
}

/** What is read of the answers; each has the members of what was made. */
interface Body {
  readonly experiment_id: string;
  readonly run: { readonly info: { readonly run_id: string } };
  readonly model: { readonly info: { readonly model_id: string } };
}

export async function call(
  url: string,
  method: string,
  path: string,
  body?: object,
): Promise<Body> {
  const response = await fetch(`${url}/api/2.0/mlflow${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Body;
}

export async function callV3(url: string, path: string, body: object): Promise<void> {
  const response = await fetch(`${url}/api/3.0/mlflow${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
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
  const table = 'airport,minutes\nOslo,12\nRome,31\n';
  await upload(url, `${experiment}/${swift}/artifacts/notes/delays.csv`, table);
  const trace = await aTraceOf(url, experiment, swift);
  return { experiment, swift, slow, model, trace };
}

/** A trace of a run: spans by OpenTelemetry, the client's own word, and somebody's feedback. */
async function aTraceOf(url: string, experiment: string, run: string): Promise<string> {
  const traceId = '0123456789abcdef0123456789abcdef';
  const start = Date.now() - 30_000;
  const nanoseconds = (offset: number) => `${start + offset}000000`;
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const spans = [
    {
      traceId,
      spanId: '0000000000000001',
      name: 'travel-agent',
      startTimeUnixNano: nanoseconds(0),
      endTimeUnixNano: nanoseconds(900),
      attributes: [
        text('mlflow.spanType', 'AGENT'),
        text('mlflow.spanInputs', '{"question": "Where is Paris?"}'),
        text('mlflow.spanOutputs', '"In France"'),
      ],
    },
    {
      traceId,
      spanId: '0000000000000002',
      parentSpanId: '0000000000000001',
      name: 'look-up',
      startTimeUnixNano: nanoseconds(100),
      endTimeUnixNano: nanoseconds(600),
      attributes: [text('mlflow.spanType', 'TOOL'), text('mlflow.spanOutputs', '"France"')],
    },
  ];
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-mlflow-experiment-id': experiment },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
  });
  if (!response.ok) throw new Error(`/v1/traces: ${response.status} ${await response.text()}`);
  const trace_id = `tr-${traceId}`;
  await callV3(url, '/traces', {
    trace: {
      trace_info: {
        trace_id,
        trace_location: {
          type: 'MLFLOW_EXPERIMENT',
          mlflow_experiment: { experiment_id: experiment },
        },
        request_time: new Date(start).toISOString(),
        execution_duration: '0.9s',
        state: 'OK',
        trace_metadata: {
          'mlflow.sourceRun': run,
          'mlflow.trace.tokenUsage': '{"input_tokens": 11, "output_tokens": 4, "total_tokens": 15}',
          'mlflow.trace_schema.version': '3',
        },
        tags: { 'mlflow.traceName': 'travel-agent' },
      },
    },
  });
  await callV3(url, `/traces/${trace_id}/assessments`, {
    assessment: {
      assessment_name: 'correct',
      feedback: { value: true },
      source: { source_type: 'HUMAN', source_id: 'ana' },
    },
  });
  return trace_id;
}

export async function aLoggedModel(url: string, experiment: string, run: string): Promise<string> {
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

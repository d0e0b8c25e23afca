import { describe, expect, it } from 'vitest';
import { compactRuns } from '../../../functions/tracking/segments/compact-runs.ts';
import { anExperiment, aRun, asObject, get, post, runData, useTracking } from '../tracking/api.ts';
import { EAGER } from '../tracking/eager-compaction.ts';
import { aModel, found, logAbout, models } from './api.ts';

useTracking();

const metricsOf = async (id: string) => (await models('GET', `/${id}`)).body.model.data.metrics;

describe('a logged model', () => {
  it('is created, read and finalized in MLflow’s shape', async () => {
    const experiment_id = await anExperiment();
    const { status, body } = await models('POST', '', {
      experiment_id,
      name: 'delay',
      model_type: 'Classifier',
      source_run_id: 'r1',
      params: [{ key: 'depth', value: '4' }],
      tags: [{ key: 'team', value: 'a' }],
    });
    expect(status).toBe(200);
    const { model_id } = body.model.info;
    expect(model_id).toMatch(/^m-[0-9a-f]{32}$/);
    expect(body.model).toEqual({
      info: {
        model_id,
        experiment_id,
        name: 'delay',
        artifact_uri: `mlflow-artifacts:/${experiment_id}/models/${model_id}/artifacts`,
        creation_timestamp_ms: expect.any(Number),
        last_updated_timestamp_ms: body.model.info.creation_timestamp_ms,
        status: 'LOGGED_MODEL_PENDING',
        model_type: 'Classifier',
        source_run_id: 'r1',
        tags: [{ key: 'team', value: 'a' }],
      },
      data: { params: [{ key: 'depth', value: '4' }] },
    });
    const ready = await models('PATCH', `/${model_id}`, { model_id, status: 'LOGGED_MODEL_READY' });
    expect(ready.body.model.info.status).toBe('LOGGED_MODEL_READY');
    const failed = await models('PATCH', `/${model_id}`, { status: 3 });
    expect(failed.body.model.info.status).toBe('LOGGED_MODEL_UPLOAD_FAILED');
    expect((await models('GET', `/${model_id}`)).body).toEqual(failed.body);
  });

  it('has its files below the location of its experiment, in front of what is asked there', async () => {
    const artifact_location = 'mysql://u@host:1/db?driver=d';
    const { body } = await post('/experiments/create', { name: 'asked', artifact_location });
    const id = await aModel(body.experiment_id);
    expect((await models('GET', `/${id}`)).body.model.info.artifact_uri).toBe(
      `mysql://u@host:1/db/models/${id}/artifacts?driver=d`,
    );
  });

  it('gets a name when it has none', async () => {
    const id = await aModel('0');
    const { body } = await models('GET', `/${id}`);
    expect(body.model.info.name).toMatch(/^[a-z]+-[a-z]+-\d+$/);
  });

  it.each(['a/b', 'a:b', 'a.b', 'a%b', "a'b", 'a"b'])('is not called %s', async (name) => {
    const { status, body } = await models('POST', '', { experiment_id: '0', name });
    expect([status, body.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
  });

  it('needs an experiment that is there and active', async () => {
    expect((await models('POST', '', {})).body.message).toMatch(
      /required parameter 'experiment_id'/,
    );
    expect((await models('POST', '', { experiment_id: '987654' })).status).toBe(404);
    const experiment_id = await anExperiment();
    await post('/experiments/delete', { experiment_id });
    const refused = await models('POST', '', { experiment_id });
    expect(refused.status).toBe(400);
    expect(refused.body.message).toContain("must be in the 'active' state");
  });

  it('is hidden once deleted, unless deleted ones are asked for', async () => {
    const experiment_id = await anExperiment();
    const id = await aModel(experiment_id);
    expect(await models('DELETE', `/${id}`, { model_id: id })).toEqual({ status: 200, body: {} });
    const gone = await models('GET', `/${id}`);
    expect(gone.status).toBe(404);
    expect(gone.body.message).toBe(`Logged model with ID '${id}' not found.`);
    for (const [answer, status] of Object.entries({ true: 200, TRUE: 200, '': 404, 1: 404 })) {
      expect([answer, (await models('GET', `/${id}?allow_deleted=${answer}`)).status]).toEqual([
        answer,
        status,
      ]);
    }
    expect(await found({ experiment_ids: [experiment_id] })).toEqual([]);
  });

  it('that is not there is refused by every operation', async () => {
    const answers = await Promise.all([
      models('GET', '/m-none'),
      models('DELETE', '/m-none'),
      models('PATCH', '/m-none', { status: 'LOGGED_MODEL_READY' }),
      models('PATCH', '/m-none/tags', { tags: [{ key: 'a', value: '1' }] }),
      models('PATCH', '/m-none/tags', {}),
      models('PATCH', '/m-none/tags', { tags: [{ value: '1' }] }),
      models('POST', '/m-none/params', {}),
      models('POST', '/m-none/params', { params: [{ value: '1' }] }),
      models('POST', '', { experiment_id: '999999', tags: [{ value: '1' }] }),
      models('DELETE', '/m-none/tags/a'),
      models('POST', '/m-none/params', { params: [{ key: 'a', value: '1' }] }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(Array(answers.length).fill(404));
  });

  it('takes params and tags when it is deleted, also none', async () => {
    const id = await aModel('0');
    await models('DELETE', `/${id}`);
    const params = [{ key: 'a', value: '1' }];
    const answers = await Promise.all([
      models('POST', `/${id}/params`, {}),
      models('POST', `/${id}/params`, { params }),
      models('PATCH', `/${id}/tags`, {}),
      models('PATCH', `/${id}/tags`, { tags: params }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('is looked for before a status that there is not is refused', async () => {
    const finalize = async (id: string) =>
      (await models('PATCH', `/${id}`, { model_id: id, status: 'DONE' })).status;
    expect(await finalize('m-none')).toBe(404);
    const id = await aModel('0');
    expect(await finalize(id)).toBe(400);
    await models('DELETE', `/${id}`);
    expect(await finalize(id)).toBe(400);
  });

  it('is named by the path; a body that names it by no text is refused where MLflow looks at that', async () => {
    const id = await aModel('0');
    const params = [{ key: 'a', value: '1' }];
    const refused = await Promise.all([
      models('POST', `/${id}/params`, { model_id: 0, params }),
      models('PATCH', `/${id}`, { model_id: [], status: 'LOGGED_MODEL_READY' }),
    ]);
    expect(refused.map(({ body }) => body.message.split(' supplied')[0])).toEqual([
      "Invalid value 0 for parameter 'model_id'",
      "Invalid value [] for parameter 'model_id'",
    ]);
    const ready = { model_id: 'm-other', status: 'LOGGED_MODEL_READY' };
    expect((await models('PATCH', `/${id}`, ready)).body.message).toBe(
      "Logged model with ID 'm-other' not found.",
    );
    expect((await models('POST', `/${id}/params`, { model_id: 'm-other', params })).status).toBe(
      200,
    );
    const tagged = await models('PATCH', `/${id}/tags`, { model_id: 0, tags: params });
    expect(tagged).toEqual({ status: 200, body: {} });
    expect((await models('GET', `/${id}`)).body.model.info.tags ?? []).toEqual([]);
  });

  it('has params and tags of any length', async () => {
    const long = [{ key: 'a', value: 'x'.repeat(9000) }];
    const made = await models('POST', '', {
      experiment_id: '0',
      name: 'm',
      params: long,
      tags: long,
    });
    expect(made.body.model).toMatchObject({ info: { tags: long }, data: { params: long } });
    const id = made.body.model.info.model_id;
    const more = [{ key: 'b', value: 'y'.repeat(9000) }];
    await models('PATCH', `/${id}/tags`, { tags: more });
    await models('POST', `/${id}/params`, { params: more });
    const { info, data } = (await models('GET', `/${id}`)).body.model;
    expect(asObject(info.tags).b).toBe(more[0]?.value);
    expect(asObject(data.params).b).toBe(more[0]?.value);
  });

  it('shows params and tags by their keys', async () => {
    const some = ['z', 'a', '10', '9', 'B'].map((key) => ({ key, value: '1' }));
    const id = await aModel('0', { params: some, tags: some });
    await models('PATCH', `/${id}/tags`, { tags: [{ key: 'y', value: '' }] });
    const { info, data } = (await models('GET', `/${id}`)).body.model;
    const keys = (pairs: readonly { readonly key: string }[]) => pairs.map(({ key }) => key);
    expect(keys(info.tags)).toEqual(['10', '9', 'B', 'a', 'y', 'z']);
    expect(keys(data.params)).toEqual(['10', '9', 'B', 'a', 'z']);
  });

  it('takes tags, the last value of a key, and gives them back', async () => {
    const id = await aModel('0');
    const tags = [1, 2].map((value) => ({ key: 'a/b', value: `${value}` }));
    await models('PATCH', `/${id}/tags`, { tags });
    await models('PATCH', `/${id}/tags`, { tags: [{ key: 'c', value: 'x' }] });
    const { body } = await models('GET', `/${id}`);
    expect(asObject(body.model.info.tags)).toEqual({ 'a/b': '2', c: 'x' });
    expect((await models('DELETE', `/${id}/tags/a/b`)).status).toBe(200);
    const again = await models('DELETE', `/${id}/tags/a/b`);
    expect(again.status).toBe(404);
    expect(again.body.message).toBe(`No tag with key 'a/b' found for model with ID '${id}'.`);
  });

  it('takes params once: the same value again is nothing, another one is refused', async () => {
    const id = await aModel('0', { params: [{ key: 'p0', value: '0' }] });
    const params = Array.from({ length: 250 }, (_, i) => ({ key: `p${i}`, value: `${i}` }));
    expect((await models('POST', `/${id}/params`, { params })).status).toBe(200);
    expect((await models('POST', `/${id}/params`, { params })).status).toBe(200);
    const { body } = await models('GET', `/${id}`);
    expect(body.model.data.params).toHaveLength(250);
    const changed = await models('POST', `/${id}/params`, { params: [{ key: 'p1', value: '2' }] });
    expect(changed.status).toBe(400);
    expect(changed.body.message).toContain("already logged with value='1'");
  });
});

describe('a metric about a model', () => {
  it('appears on the model with its run and dataset, and on the run as any other', async () => {
    const experiment_id = await anExperiment();
    const run_id = await aRun({ experiment_id });
    const model_id = await aModel(experiment_id);
    const data = { dataset_name: 'test', dataset_digest: 'd1' };
    await logAbout(run_id, model_id, { value: 0.5, step: 1, timestamp: 7, ...data });
    expect(await metricsOf(model_id)).toEqual([
      { key: 'acc', value: 0.5, timestamp: 7, step: 1, run_id, model_id, ...data },
    ]);
    const { metrics } = await runData(run_id);
    expect(metrics).toEqual([{ key: 'acc', value: 0.5, timestamp: 7, step: 1 }]);
  });

  it('is kept for every step, run and dataset, and counts once when it is sent again', async () => {
    const experiment_id = await anExperiment();
    const [run, other] = [await aRun({ experiment_id }), await aRun({ experiment_id: '0' })];
    const model_id = await aModel(experiment_id);
    const points = [
      { value: 1, step: 0 },
      { value: 2, step: 1 },
      { value: 2, step: 1, dataset_name: 'test', dataset_digest: 'd' },
    ];
    await logAbout(run, model_id, ...points);
    await logAbout(run, model_id, ...points);
    await logAbout(run, model_id, points[0] ?? { value: 0 });
    await logAbout(run, model_id, { value: 9, step: 1 });
    await logAbout(other, model_id, points[0] ?? { value: 0 });
    const metrics = await metricsOf(model_id);
    expect(metrics).toHaveLength(4);
    expect(metrics.map(({ value }: { value: number }) => value)).not.toContain(9);
    expect(metrics.filter(({ run_id }: { run_id: string }) => run_id === other)).toHaveLength(1);
  });

  it('of a batch goes to each of several models', async () => {
    const run_id = await aRun();
    const [a, b] = [await aModel('0'), await aModel('0')];
    await post('/runs/log-batch', {
      run_id,
      metrics: [a, b, undefined].map((model_id, i) => ({
        key: 'acc',
        value: i,
        timestamp: 1,
        step: i,
        ...(model_id && { model_id }),
      })),
    });
    expect((await metricsOf(a)).map(({ value }: { value: number }) => value)).toEqual([0]);
    expect((await metricsOf(b)).map(({ value }: { value: number }) => value)).toEqual([1]);
  });

  it('is refused when the model is not there', async () => {
    const { status } = await logAbout(await aRun(), 'm-none', { value: 1 });
    expect(status).toBe(404);
  });
});

describe('a run', () => {
  it('shows the models that it used and made, each once, with the first step', async () => {
    const run_id = await aRun();
    expect((await get('/runs/get', { run_id })).body.run).toMatchObject({
      inputs: {},
      outputs: {},
    });
    const made = (step: number) =>
      post('/runs/outputs', { run_id, models: [{ model_id: 'm-1', step }] });
    await made(1);
    await post('/runs/outputs', { run_id, models: [{ model_id: 'm-2' }] });
    expect((await made(3)).body).toEqual({});
    const models = [{ model_id: 'm-3' }, { model_id: 'm-3' }];
    await post('/runs/log-inputs', { run_id, models });
    await post('/runs/log-inputs', { run_id, models });
    await post('/runs/log-inputs', { run_id, datasets: [{}, null] });
    await post('/runs/outputs', { run_id, models: [{}] });
    const { inputs, outputs, info } = (await get('/runs/get', { run_id })).body.run;
    expect(inputs.model_inputs).toEqual([{ model_id: 'm-3' }]);
    expect(outputs.model_outputs).toEqual([
      { model_id: 'm-1', step: 1 },
      { model_id: 'm-2', step: 0 },
      { model_id: '', step: 0 },
    ]);
    const dataset = { name: '', digest: '', source_type: '', source: '' };
    expect(inputs.dataset_inputs).toEqual([expect.objectContaining({ dataset })]);
    expect(Object.keys(info)).not.toContain('model_outputs');
  });

  it('shows in searches what it made, not what it used, also when it rests in a segment', async () => {
    const experiment_id = await anExperiment();
    const run_id = await aRun({ experiment_id });
    await post('/runs/outputs', { run_id, models: [{ model_id: 'm-1', step: 2 }] });
    await post('/runs/log-inputs', { run_id, models: [{ model_id: 'm-2' }] });
    const search = async () =>
      (await post('/runs/search', { experiment_ids: [experiment_id] })).body.runs;
    const before = await search();
    await compactRuns(experiment_id, Date.now() + 60_000, EAGER);
    expect(await search()).toEqual(before);
    const outputs = { model_outputs: [{ model_id: 'm-1', step: 2 }] };
    expect(before).toEqual([expect.objectContaining({ inputs: {}, outputs })]);
    const { inputs } = (await get('/runs/get', { run_id })).body.run;
    expect(inputs).toEqual({ model_inputs: [{ model_id: 'm-2' }] });
  });

  it('that is deleted takes no outputs', async () => {
    const run_id = await aRun();
    await post('/runs/delete', { run_id });
    const { status } = await post('/runs/outputs', { run_id, models: [{ model_id: 'm-1' }] });
    expect(status).toBe(400);
    expect((await post('/runs/outputs', { run_id })).body.message).toContain("'models'");
  });
});

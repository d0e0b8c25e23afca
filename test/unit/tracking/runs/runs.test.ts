import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { announced } from '../../../support/outbox.ts';
import { anExperiment, aRun, asObject, get, log, post, runData, useTracking } from '../api.ts';

useTracking();

const infoOf = async (run_id: string) => (await get('/runs/get', { run_id })).body.run.info;

const eventsOf = async (run: string) =>
  (await announced('tracking')).filter(({ data }) => data.run_id === run);

describe('creating a run', () => {
  it('gives it an id of 32 hex digits, a state, a place for artifacts and its tags', async () => {
    const experiment_id = await anExperiment();
    const { body } = await post('/runs/create', {
      experiment_id,
      user_id: 'ana',
      run_name: 'first',
      start_time: 123,
      tags: [{ key: 'k', value: 'v' }],
    });
    const { info, data } = body.run;
    expect(info.run_id).toMatch(/^[0-9a-f]{32}$/);
    expect(info).toEqual({
      run_id: info.run_id,
      run_uuid: info.run_id,
      experiment_id,
      run_name: 'first',
      user_id: 'ana',
      status: 'RUNNING',
      start_time: 123,
      artifact_uri: `mlflow-artifacts:/${experiment_id}/${info.run_id}/artifacts`,
      lifecycle_stage: 'active',
    });
    expect(asObject(data.tags)).toEqual({ k: 'v', 'mlflow.runName': 'first' });
    expect(await infoOf(info.run_id)).toEqual(info);
  });

  it('has its files below the path of its experiment’s location, whose query stays at the end', async () => {
    const location = (artifact_location: string) =>
      post('/experiments/create', { name: artifact_location, artifact_location });
    const { experiment_id } = (await location('mysql://u@host:1/db?driver=d')).body;
    const { info } = (await post('/runs/create', { experiment_id })).body.run;
    expect(info.artifact_uri).toBe(`mysql://u@host:1/db/${info.run_id}/artifacts?driver=d`);
  });

  it.each([
    's3://bucket/',
    's3://bucket/folder/',
    'mlflow-artifacts:/',
    'file:///tmp/folder/',
    '/tmp/folder/',
    's3://bucket/?region=r',
  ])('has its files in %s, whose slash stays the only one', async (place) => {
    const experiment = { name: place, artifact_location: place };
    const { experiment_id } = (await post('/experiments/create', experiment)).body;
    const { info } = (await post('/runs/create', { experiment_id })).body.run;
    const [folder, query = ''] = place.split(/(?=\?)/);
    expect(info.artifact_uri).toBe(`${folder}${info.run_id}/artifacts${query}`);
  });

  it('takes any key of the tags that it is made with, up to 250 characters', async () => {
    const keys = ['a,b', '/a', 'ä@', 'x\u0000y', '😀'.repeat(250)];
    const tags = keys.map((key) => ({ key, value: 'v' }));
    const run_id = await aRun({ run_name: 'r', tags });
    expect(asObject((await runData(run_id)).tags)).toEqual({
      'mlflow.runName': 'r',
      ...Object.fromEntries(keys.map((key) => [key, 'v'])),
    });
    for (const [key, message] of [
      ['', "Missing value for required parameter 'tags[0].key'"],
      ['😀'.repeat(251), "'key' exceeds the maximum length of 250 characters"],
    ]) {
      const { body } = await post('/runs/create', { tags: [{ key, value: 'v' }] });
      expect(body.message).toContain(message);
    }
  });

  it('makes up a name and takes the default experiment', async () => {
    const { body } = await post('/runs/create', {});
    expect(body.run.info.experiment_id).toBe('0');
    expect(body.run.info.run_name).toMatch(/^[a-z]+-[a-z]+-\d+$/);
    expect(asObject(body.run.data.tags)['mlflow.runName']).toBe(body.run.info.run_name);
  });

  it('takes the name from the tag and refuses two different ones', async () => {
    const tags = [{ key: 'mlflow.runName', value: 'tagged' }];
    const { body } = await post('/runs/create', { tags });
    expect(body.run.info.run_name).toBe('tagged');
    expect((await post('/runs/create', { tags, run_name: 'other' })).status).toBe(400);
  });

  it('answers 404 for an unknown experiment', async () => {
    expect((await post('/runs/create', { experiment_id: '987654' })).status).toBe(404);
  });
});

describe('a run in MLflow’s shape', () => {
  it('has no outputs when it begins, no user unless one is named, and no end at 0', async () => {
    const { body } = await post('/runs/create', { experiment_id: '0', run_name: 'r' });
    expect(body.run).not.toHaveProperty('outputs');
    expect(body.run.info).toMatchObject({ user_id: '', start_time: 0 });
    const { run_id } = body.run.info;
    const { body: ended } = await post('/runs/update', { run_id, status: 'FINISHED', end_time: 0 });
    expect(ended.run_info).not.toHaveProperty('end_time');
  });

  it('keeps its name when an empty one is set as its tag', async () => {
    const run_id = await aRun({ run_name: 'kept' });
    await post('/runs/set-tag', { run_id, key: 'mlflow.runName', value: '' });
    await post('/runs/log-batch', { run_id, tags: [{ key: 'mlflow.runName', value: '' }] });
    expect((await get('/runs/get', { run_id })).body.run.info.run_name).toBe('kept');
    const missing = { run_id: 'nobody', key: 'mlflow.runName', value: '' };
    expect((await post('/runs/set-tag', missing)).status).toBe(404);
  });
});

describe('looking for a run', () => {
  it('answers 404 for one that is not there, and 400 in batches for what cannot be an id', async () => {
    expect(await get('/runs/get', { run_id: 'nothing' })).toMatchObject({
      status: 404,
      body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'Run with id=nothing not found' },
    });
    expect((await get('/runs/get', { run_id: 'a/b' })).status).toBe(404);
    expect((await post('/runs/log-batch', { run_id: 'a/ä' })).body.message).toBe(
      'Invalid value "a/\\u00e4" for parameter \'run_id\' supplied.',
    );
    expect((await get('/runs/get', {})).body.message).toContain(
      "Missing value for required parameter 'run_id'",
    );
  });
});

describe('updating a run', () => {
  it('changes state, end and name and announces the end once', async () => {
    const run_id = await aRun();
    const end = { run_id, status: 'FINISHED', end_time: 456, run_name: 'done' };
    const { body } = await post('/runs/update', end);
    expect(body.run_info).toMatchObject({ status: 'FINISHED', end_time: 456, run_name: 'done' });
    await post('/runs/update', end);
    expect(asObject((await runData(run_id)).tags)['mlflow.runName']).toBe('done');
    expect(await eventsOf(run_id)).toMatchObject([
      { type: 'RunFinished', data: { run_id, experiment_id: '0', status: 'FINISHED' } },
    ]);
  });

  it('announces the end once when many report it at the same moment', async () => {
    const run_id = await aRun();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => post('/runs/update', { run_id, status: 'FAILED' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(await eventsOf(run_id)).toHaveLength(1);
  });

  it('leaves everything as it is when nothing is given', async () => {
    const run_id = await aRun({ run_name: 'same' });
    const { body } = await post('/runs/update', { run_id, run_name: '' });
    expect(body.run_info).toMatchObject({ run_name: 'same', status: 'RUNNING' });
    expect(await eventsOf(run_id)).toEqual([]);
  });
});

describe('a deleted run', () => {
  it('refuses every write at once and takes them again when restored', async () => {
    const run_id = await aRun();
    await post('/runs/delete', { run_id });
    await post('/runs/delete', { run_id });
    const writes: [string, object][] = [
      ['/runs/log-metric', { key: 'm', value: 1, timestamp: 1 }],
      ['/runs/log-parameter', { key: 'p', value: '1' }],
      ['/runs/set-tag', { key: 't', value: '1' }],
      ['/runs/delete-tag', { key: 'mlflow.runName' }],
      ['/runs/update', { status: 'FINISHED' }],
      ['/runs/update', {}],
      ['/runs/log-inputs', { datasets: [] }],
      ['/runs/outputs', { models: [] }],
      ['/runs/outputs', { models: [{ model_id: 'm-1' }] }],
      ['/runs/log-batch', {}],
    ];
    const message = `The run ${run_id} must be in the 'active' state. Current state is deleted.`;
    for (const [path, body] of writes) {
      const answer = await post(path, { run_id, ...body });
      expect([path, answer.status, answer.body.message]).toEqual([path, 400, message]);
    }
    expect((await infoOf(run_id)).lifecycle_stage).toBe('deleted');
    await post('/runs/restore', { run_id });
    await log(run_id, { metrics: [{ key: 'm', value: 1, timestamp: 1 }] });
    expect((await runData(run_id)).metrics).toHaveLength(1);
  });

  it('must have been there', async () => {
    expect((await post('/runs/delete', { run_id: 'nothing' })).status).toBe(404);
    expect((await post('/runs/restore', { run_id: 'nothing' })).status).toBe(404);
  });
});

describe('tags of a run', () => {
  it('are overwritten, and cut at 8000 characters as MLflow does', async () => {
    const run_id = await aRun();
    for (const value of ['1', 'x'.repeat(9000)]) {
      await post('/runs/set-tag', { run_id, key: 'long', value });
    }
    expect(asObject((await runData(run_id)).tags).long).toHaveLength(8000);
  });

  it('are cut between characters, not inside of one', async () => {
    const run_id = await aRun();
    await post('/runs/set-tag', { run_id, key: 'k', value: '😀'.repeat(8001) });
    expect(asObject((await runData(run_id)).tags).k).toBe('😀'.repeat(8000));
  });

  it('rename the run by mlflow.runName', async () => {
    const run_id = await aRun();
    await post('/runs/set-tag', { run_id, key: 'mlflow.runName', value: 'renamed' });
    expect((await infoOf(run_id)).run_name).toBe('renamed');
  });

  it('may bear names that objects have by nature', async () => {
    const run_id = await aRun();
    for (const key of ['constructor', 'toString']) {
      await post('/runs/set-tag', { run_id, key, value: 'v' });
      await post('/runs/log-parameter', { run_id, key, value: 'v' });
    }
    const { tags, params } = await runData(run_id);
    expect(asObject(params)).toEqual({ constructor: 'v', toString: 'v' });
    expect(asObject(tags)).toMatchObject({ constructor: 'v', toString: 'v' });
  });

  it('are deleted; a missing one is an error', async () => {
    const run_id = await aRun({ tags: [{ key: 'k', value: 'v' }] });
    expect((await post('/runs/delete-tag', { run_id, key: 'k' })).status).toBe(200);
    expect(await post('/runs/delete-tag', { run_id, key: 'k' })).toMatchObject({
      status: 404,
      body: { message: `No tag with name: k in run with id ${run_id}` },
    });
  });
});

describe('datasets of a run', () => {
  const dataset = { name: 'flights', digest: 'd1', source_type: 'http', source: '{}' };
  const tags = [{ key: 'mlflow.data.context', value: 'training' }];

  it('are listed with their tags as they were logged; one known by name and digest stays as it is', async () => {
    const run_id = await aRun();
    await post('/runs/log-inputs', { run_id, datasets: [{ tags, dataset }] });
    const again = { ...dataset, source: 'other' };
    const more = ['d2', 'd3', 'd4', 'd5', 'd6', 'd7'].map((digest) => ({
      dataset: { ...dataset, digest },
    }));
    await post('/runs/log-inputs', { run_id, datasets: [{ dataset: again }, ...more] });
    const { inputs } = (await get('/runs/get', { run_id })).body.run;
    expect(inputs.dataset_inputs).toEqual([{ tags, dataset }, ...more]);
  });

  it('of one name and digest are in an experiment what its first run told of them', async () => {
    const [experiment_id, other] = [await anExperiment(), await anExperiment()];
    const profile = randomBytes(100_000).toString('hex');
    const changed = { ...dataset, source: 'other', schema: '{}' };
    const told = async (experiment: string, datasets: readonly object[]) => {
      const run_id = await aRun({ experiment_id: experiment });
      await post('/runs/log-inputs', { run_id, datasets });
      return (await get('/runs/get', { run_id })).body.run.inputs.dataset_inputs;
    };
    const first = [{ tags, dataset: { ...dataset, profile } }];
    expect(await told(experiment_id, first)).toEqual(first);
    expect(await told(experiment_id, [{ dataset: changed }, { tags, dataset }])).toEqual([
      { dataset: { ...dataset, profile } },
    ]);
    expect(await told(other, [{ dataset: changed }])).toEqual([{ dataset: changed }]);
  });

  it('have no empty schemas and profiles', async () => {
    const run_id = await aRun();
    const datasets = [{ dataset: { ...dataset, schema: '', profile: '' } }];
    await post('/runs/log-inputs', { run_id, datasets });
    const { inputs } = (await get('/runs/get', { run_id })).body.run;
    expect(inputs.dataset_inputs).toEqual([{ dataset }]);
  });

  it('are kept apart when names and digests share characters', async () => {
    const run_id = await aRun();
    const datasets = [
      { dataset: { ...dataset, name: 'a#b', digest: 'c' } },
      { dataset: { ...dataset, name: 'a', digest: 'b#c' } },
    ];
    await post('/runs/log-inputs', { run_id, datasets });
    const { inputs } = (await get('/runs/get', { run_id })).body.run;
    expect(inputs.dataset_inputs).toHaveLength(2);
  });

  it('have schemas and profiles of megabytes, whatever they hold', async () => {
    const run_id = await aRun({ experiment_id: await anExperiment() });
    // Random, so that no packing makes it small.
    const noise = (bytes: number) => randomBytes(bytes / 2).toString('hex');
    const wide = { ...dataset, schema: noise(1_000_000), profile: noise(2_400_000) };
    const tall = { ...dataset, name: 'tall', schema: '{}', profile: noise(1_600_000) };
    const log = (one: object) => post('/runs/log-inputs', { run_id, datasets: [{ dataset: one }] });
    expect((await log(wide)).status).toBe(200);
    await log({ ...wide, schema: noise(1_000_000) });
    const read = async () =>
      (await get('/runs/get', { run_id })).body.run.inputs.dataset_inputs as {
        dataset: typeof wide;
      }[];
    expect(await read()).toEqual([{ dataset: wide }]);
    await log(tall);
    const names = (await read()).map((one) => one.dataset.name);
    expect(names.toSorted()).toEqual(['flights', 'tall']);
    // Together they are more than an answer holds: one of them comes without its profile.
    expect(JSON.stringify(await read()).length).toBeLessThan(4_600_000);
    const { status, body } = await log({ ...dataset, digest: 'd9', profile: noise(4_000_000) });
    expect([status, body.message]).toEqual([400, expect.stringContaining('exceeds')]);
  });

  it('are refused beyond MLflow’s limits', async () => {
    const run_id = await aRun();
    const datasets = [{ dataset: { ...dataset, name: 'x'.repeat(501) } }];
    expect((await post('/runs/log-inputs', { run_id, datasets })).status).toBe(400);
  });
});

describe('models that old clients log', () => {
  const model = (path: string) =>
    JSON.stringify({ artifact_path: path, flavors: {}, utc_time_created: 't', run_id: 'r' });

  it('are appended to the history tag, also by several at once', async () => {
    const run_id = await aRun();
    await Promise.all(
      ['a', 'b', 'c', 'd'].map((path) =>
        post('/runs/log-model', { run_id, model_json: model(path) }),
      ),
    );
    const history = JSON.parse(
      String(asObject((await runData(run_id)).tags)['mlflow.log-model.history']),
    );
    const paths = history.map((one: { artifact_path: string }) => one.artifact_path);
    expect(paths.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are written as their client wrote them: numbers of any size, floats that are whole', async () => {
    const run_id = await aRun();
    const told =
      '{"run_id":"r","artifact_path":"m\\u00e4","utc_time_created":"t","flavors":{"f":{"a":1.0,"n":90071992547409931}}}';
    await post('/runs/log-model', { run_id, model_json: told });
    await post('/runs/log-model', { run_id, model_json: model('b') });
    expect(asObject((await runData(run_id)).tags)['mlflow.log-model.history']).toBe(
      '[{"run_id": "r", "artifact_path": "m\\u00e4", "utc_time_created": "t", "model_uuid": null, "flavors": {"f": {"a": 1.0, "n": 90071992547409931}}}, ' +
        '{"run_id": "r", "artifact_path": "b", "utc_time_created": "t", "model_uuid": null, "flavors": {}}]',
    );
  });

  it('have in the history what MLflow keeps of them', async () => {
    const run_id = await aRun();
    const flavors = { a: { config: { x: 1 }, loader: 'l' }, b: 'text' };
    const usual = { artifact_path: 'm', utc_time_created: 't', model_uuid: 'u', run_id, flavors };
    const more = { signature: { inputs: '[]' }, mlflow_version: '2.9.2', metadata: {} };
    const sparse = { artifact_path: null, run_id: null, flavors: null, utc_time_created: 5 };
    for (const one of [{ ...more, ...usual }, sparse]) {
      await post('/runs/log-model', { run_id, model_json: JSON.stringify(one) });
    }
    expect(
      JSON.parse(String(asObject((await runData(run_id)).tags)['mlflow.log-model.history'])),
    ).toEqual([
      { ...usual, flavors: { a: { loader: 'l' }, b: 'text' } },
      { utc_time_created: '5', model_uuid: null, flavors: {} },
    ]);
  });

  it.each([
    ['nonsense', 'is not a valid JSON'],
    ['[]', 'is not a valid JSON'],
    ['{"flavors": {}}', 'Model json is missing mandatory fields'],
  ])('are refused when they are %s', async (model_json, message) => {
    const { status, body } = await post('/runs/log-model', { run_id: await aRun(), model_json });
    expect(status).toBe(400);
    expect(body.message).toContain(message);
  });
});

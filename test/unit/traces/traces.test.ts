import { describe, expect, it } from 'vitest';
import { anExperiment, post } from '../tracking/api.ts';
import { aTrace, aTraceId, found, infoOf, search, traces, tracesV2, useTraces } from './api.ts';

useTraces();

describe('a trace that a client tells', () => {
  it('is there at once with what was told, and found by the next search', async () => {
    const experiment = await anExperiment();
    const id = await aTrace(experiment, {
      client_request_id: 'c-1',
      request_preview: 'What?',
      response_preview: 'That.',
      trace_metadata: { 'mlflow.trace.tokenUsage': '{"input_tokens": 3}' },
      tags: { 'mlflow.traceName': 'answer', env: 'prod' },
    });
    expect(await infoOf(id)).toEqual({
      trace_id: id,
      client_request_id: 'c-1',
      trace_location: {
        type: 'MLFLOW_EXPERIMENT',
        mlflow_experiment: { experiment_id: experiment },
      },
      request_preview: 'What?',
      response_preview: 'That.',
      request_time: '2026-11-21T10:00:00Z',
      execution_duration: '1.500s',
      state: 'OK',
      trace_metadata: {
        'mlflow.trace.tokenUsage': '{"input_tokens": 3}',
        'mlflow.trace.infoFinalized': 'true',
      },
      tags: {
        'mlflow.traceName': 'answer',
        env: 'prod',
        'mlflow.artifactLocation': `mlflow-artifacts:/${experiment}/traces/${id}/artifacts`,
      },
    });
    expect((await search(experiment)).body).toEqual({ traces: [await infoOf(id)] });
  });

  it('has its files below the location of its experiment, in front of what is asked there', async () => {
    const artifact_location = 'mysql://u@host:1/db?driver=d';
    const { body } = await post('/experiments/create', { name: 'asked', artifact_location });
    const id = await aTrace(body.experiment_id);
    expect((await infoOf(id)).tags['mlflow.artifactLocation']).toBe(
      `mysql://u@host:1/db/traces/${id}/artifacts?driver=d`,
    );
  });

  it('told twice is one trace, with its assessments once', async () => {
    const experiment = await anExperiment();
    const info = {
      trace_id: aTraceId(),
      assessments: [
        { assessment_name: 'good', feedback: { value: true }, source: { source_type: 'HUMAN' } },
      ],
    };
    await aTrace(experiment, info);
    const once = (await search(experiment)).body;
    await aTrace(experiment, info);
    expect((await search(experiment)).body).toEqual(once);
    expect(once.traces[0]?.assessments).toHaveLength(1);
  });

  it('moves in the list when its time is told anew', async () => {
    const experiment = await anExperiment();
    const first = await aTrace(experiment, { request_time: '2026-11-21T10:00:00Z' });
    const second = await aTrace(experiment, { request_time: '2026-11-21T11:00:00Z' });
    expect(await found(experiment)).toEqual([second, first]);
    await aTrace(experiment, { trace_id: first, request_time: '2026-11-21T12:00:00.250Z' });
    expect(await found(experiment)).toEqual([first, second]);
  });

  it('asked for more than once is answered where it was asked for last', async () => {
    const experiment = await anExperiment();
    const [a, b] = [await aTrace(experiment, {}), await aTrace(experiment, {})];
    const { body } = await traces('POST', '/batchGetInfos', { trace_ids: [a, b, 'tr-none', a] });
    expect(body.trace_infos.map((one) => one.trace_id)).toEqual([b, a]);
  });

  it('needs an experiment that is there and active', async () => {
    await expect(aTrace('987654')).rejects.toThrow('No Experiment with id=987654 exists');
    const experiment = await anExperiment();
    await post('/experiments/delete', { experiment_id: experiment });
    await expect(aTrace(experiment)).rejects.toThrow("must be in the 'active' state");
  });

  it.each([
    ['no trace', {}, "Missing value for required parameter 'trace'"],
    [
      'an id that is too long',
      { trace: { trace_info: { trace_id: 'x'.repeat(251) } } },
      'Invalid trace ID',
    ],
    [
      'a place of another type',
      {
        trace: {
          trace_info: {
            trace_id: 'tr-x',
            trace_location: { type: 'nowhere', mlflow_experiment: { experiment_id: '0' } },
          },
        },
      },
      'type TraceLocationType.TRACE_LOCATION_TYPE_UNSPECIFIED does not match the provided ' +
        "location MlflowExperimentLocation(experiment_id='0').",
    ],
  ])('is refused with %s', async (_, body, message) => {
    const answer = await traces('POST', '', body);
    expect([answer.status, answer.body.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
    expect(answer.body.message).toContain(message);
  });

  it('has no time, and nothing told behind it, when its time is none', async () => {
    const experiment_id = await anExperiment();
    const trace_info = {
      trace_id: 'tr-untimed',
      trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id } },
      client_request_id: 'c',
      execution_duration: '1h',
      request_time: '2023-13-01T00:00:00Z',
      state: 'OK',
    };
    expect((await traces('POST', '', { trace: { trace_info } })).status).toBe(200);
    expect(await infoOf('tr-untimed')).toMatchObject({
      client_request_id: 'c',
      execution_duration: '0s',
      request_time: '1970-01-01T00:00:00Z',
      state: 'STATE_UNSPECIFIED',
    });
  });

  it('that cannot be there, for the length of its id, is linked to prompts for nothing', async () => {
    const prompt_versions = [{ name: 'p', version: '1' }];
    const trace_id = 'x'.repeat(251);
    expect(await tracesV2('POST', '/link-prompts', { trace_id, prompt_versions })).toEqual({
      status: 200,
      body: {},
    });
  });

  it('has the tags before the first that is no text', async () => {
    const experiment_id = await anExperiment();
    const trace_info = {
      trace_id: 'tr-partly',
      trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id } },
      tags: { a: 'x', b: 1, c: 'y' },
      client_request_id: 'c',
    };
    expect((await traces('POST', '', { trace: { trace_info } })).status).toBe(200);
    const { tags, ...info } = await infoOf('tr-partly');
    expect(tags).toMatchObject({ a: 'x' });
    expect(tags).not.toHaveProperty('b');
    expect(tags).not.toHaveProperty('c');
    expect(info).not.toHaveProperty('client_request_id');
  });

  it('may have 380 KB, and is left as it was by more', async () => {
    const experiment = await anExperiment();
    const id = await aTrace(experiment);
    // Random digits: they cannot be packed well.
    const random = () =>
      Array.from({ length: 4000 }, () => Math.random().toString(36).slice(2)).join('');
    const tags = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`t${i}`, random()]));
    await expect(aTrace(experiment, { trace_id: id, tags })).rejects.toThrow('is full');
    expect((await infoOf(id)).tags).not.toHaveProperty('t0');
  });
});

describe('tags of a trace', () => {
  it('are set, cut at 8000 characters, and deleted', async () => {
    const id = await aTrace(await anExperiment());
    await traces('PATCH', `/${id}/tags`, { key: 'a', value: 'x'.repeat(9000) });
    // Answers show 4096 of them.
    expect((await infoOf(id)).tags.a).toHaveLength(4096);
    await traces('PATCH', `/${id}/tags`, { key: 'a', value: 'b' });
    await tracesV2('PATCH', `/${id}/tags`, { key: 'c', value: 'd' });
    expect((await infoOf(id)).tags).toMatchObject({ a: 'b', c: 'd' });
    expect((await traces('DELETE', `/${id}/tags`, { key: 'a' })).body).toEqual({});
    expect((await infoOf(id)).tags).not.toHaveProperty('a');
    const again = await traces('DELETE', `/${id}/tags`, { key: 'a' });
    expect([again.status, again.body.message]).toEqual([
      404,
      `No trace tag with key 'a' for trace with ID '${id}'`,
    ]);
    const missing = await traces('PATCH', '/tr-none/tags', { key: 'a', value: 'b' });
    expect([missing.status, missing.body.message]).toEqual([
      404,
      "Trace with ID 'tr-none' not found.",
    ]);
  });

  it('do not get lost when many are set at once', async () => {
    const experiment = await anExperiment();
    const id = await aTrace(experiment);
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        traces('PATCH', `/${id}/tags`, { key: `k${i}`, value: String(i) }),
      ),
    );
    const { tags } = await infoOf(id);
    for (let i = 0; i < 20; i++) expect(tags[`k${i}`]).toBe(String(i));
    expect((await search(experiment)).body.traces[0]?.tags).toEqual(tags);
  });
});

describe('deletion', () => {
  it('takes the oldest up to a time, or those named, of one experiment', async () => {
    const experiment = await anExperiment();
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) {
      ids.push(await aTrace(experiment, { request_time: `2026-11-21T10:0${i}:00Z` }));
    }
    const other = await aTrace(await anExperiment());
    const until = Date.parse('2026-11-21T10:02:00Z');
    const remove = (body: object) =>
      traces('POST', '/delete-traces', { experiment_id: experiment, ...body });
    expect((await remove({ max_timestamp_millis: until, max_traces: 1 })).body).toEqual({
      traces_deleted: 1,
    });
    expect(await found(experiment)).toEqual([ids[3], ids[2], ids[1]]);
    expect((await remove({ max_timestamp_millis: until })).body.traces_deleted).toBe(2);
    expect((await remove({ request_ids: [ids[3], other, 'tr-none'] })).body.traces_deleted).toBe(1);
    expect(await found(experiment)).toEqual([]);
    expect((await traces('GET', `/${ids[3]}`)).status).toBe(404);
    expect((await infoOf(other)).trace_id).toBe(other);
  });

  it.each([
    [{}, 'Either `max_timestamp_millis` or `trace_ids` must be specified.'],
    [{ max_timestamp_millis: 1, request_ids: ['a'] }, 'Only one of'],
    [{ request_ids: ['a'], max_traces: 1 }, "`max_traces` can't be specified"],
    [{ max_timestamp_millis: 1, max_traces: 0 }, 'must be a positive integer, received 0'],
  ])('of %j is refused', async (body, message) => {
    const answer = await traces('POST', '/delete-traces', { experiment_id: '0', ...body });
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(message)]);
  });
});

describe('a trace without an id', () => {
  it('has its artifacts beside those of all others, as on MLflow’s server', async () => {
    const experiment = await anExperiment();
    const location = {
      type: 'MLFLOW_EXPERIMENT',
      mlflow_experiment: { experiment_id: experiment },
    };
    const { body } = await traces('POST', '', {
      trace: { trace_info: { trace_location: location, state: 'OK' } },
    });
    expect(body.trace.trace_info.tags['mlflow.artifactLocation']).toBe(
      `mlflow-artifacts:/${experiment}/traces/artifacts`,
    );
  });
});

describe('a link to a run', () => {
  it('of a trace without an id is no link', async () => {
    const link = { trace_ids: ['', 'tr-later'], run_id: 'run-1' };
    expect((await tracesV2('POST', '/link-to-run', link)).status).toBe(200);
  });
});

describe('clients before MLflow 3', () => {
  it('start and end a trace', async () => {
    const experiment = await anExperiment();
    const started = await tracesV2('POST', '', {
      experiment_id: experiment,
      timestamp_ms: 1000,
      request_metadata: [{ key: 'meta1', value: 'apple' }],
      tags: [{ key: 'tag1', value: 'football' }],
    });
    expect(started.body.trace_info).toMatchObject({
      experiment_id: experiment,
      timestamp_ms: 1000,
      execution_time_ms: 0,
      status: 'IN_PROGRESS',
      request_metadata: [{ key: 'meta1', value: 'apple' }],
    });
    const { request_id } = started.body.trace_info;
    const ended = await tracesV2('PATCH', `/${request_id}`, {
      timestamp_ms: 3000,
      status: 'OK',
      request_metadata: [{ key: 'meta1', value: 'orange' }],
      tags: [{ key: 'tag2', value: 'tennis' }],
    });
    const { trace_info } = ended.body;
    expect(trace_info).toMatchObject({ execution_time_ms: 2000, status: 'OK' });
    expect(trace_info.tags).toContainEqual({ key: 'tag1', value: 'football' });
    expect((await tracesV2('GET', `/${request_id}/info`)).body).toEqual({ trace_info });
    expect((await tracesV2('GET', `?experiment_ids=${experiment}`)).body.traces).toEqual([
      trace_info,
    ]);
    expect((await tracesV2('PATCH', '/none', { timestamp_ms: 1 })).status).toBe(404);
  });

  it('without a time began with the epoch; what is told without a key is refused as a whole', async () => {
    const experiment_id = await anExperiment();
    const started = await tracesV2('POST', '', { experiment_id });
    expect(started.body.trace_info).toMatchObject({ timestamp_ms: 0 });
    const nameless = { experiment_id, request_metadata: [{ value: 'x' }] };
    const refused = await tracesV2('POST', '', nameless);
    expect([refused.status, refused.body.message]).toEqual([
      400,
      expect.stringContaining(
        `Invalid value [{"value":"x"}] for parameter 'request_metadata' supplied`,
      ),
    ]);
    const id = started.body.trace_info.request_id;
    const sent = [{ key: 'a' }, { key: null, more: [1.5, { b: 'é' }] }];
    const { status, body } = await tracesV2('PATCH', `/${id}`, { tags: sent });
    expect([status, body.message]).toEqual([
      400,
      expect.stringContaining(
        `Invalid value [{"key":"a"},{"key":null,"more":[1.5,{"b":"\\u00e9"}]}] for parameter 'tags'`,
      ),
    ]);
  });
});

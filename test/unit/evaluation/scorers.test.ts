import { describe, expect, it } from 'vitest';
import { anExperiment, post, useTracking } from '../tracking/api.ts';
import { call, ok } from './api.ts';

useTracking();

const register = (experiment_id: string, name: string, scorer: unknown = { name }) =>
  call('POST', '/scorers/register', {
    experiment_id,
    name,
    serialized_scorer: typeof scorer === 'string' ? scorer : JSON.stringify(scorer),
  });

const query = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const versions = async (experiment_id: string, name: string) =>
  (await ok('GET', `/scorers/versions?${query({ experiment_id, name })}`)).scorers.map(
    (one) => one.scorer_version,
  );

describe('scorers', () => {
  it('have versions, of which lists show the newest', async () => {
    const experiment_id = await anExperiment();
    const { body } = await register(experiment_id, 'tone', '{"name":"tone","x":1.0}');
    expect(body).toEqual({
      version: 1,
      scorer_id: expect.any(String),
      experiment_id,
      name: 'tone',
      serialized_scorer: '{"name":"tone","x":1.0}',
      creation_time: expect.any(Number),
    });
    expect((await register(experiment_id, 'tone')).body.version).toBe(2);
    await register(experiment_id, 'brevity');
    const { scorers } = await ok('GET', `/scorers/list?${query({ experiment_id })}`);
    expect(scorers).toEqual([
      expect.objectContaining({ scorer_name: 'brevity', scorer_version: 1 }),
      {
        experiment_id: Number(experiment_id),
        scorer_name: 'tone',
        scorer_version: 2,
        serialized_scorer: '{"name": "tone"}',
        creation_time: expect.any(Number),
        scorer_id: body.scorer_id,
      },
    ]);
    const first = await ok(
      'GET',
      `/scorers/get?${query({ experiment_id, name: 'tone', version: '1' })}`,
    );
    expect(first.scorer.serialized_scorer).toBe('{"name":"tone","x":1.0}');
    const newest = await ok('GET', `/scorers/get?${query({ experiment_id, name: 'tone' })}`);
    expect(newest.scorer.scorer_version).toBe(2);
  });

  it('lose versions one by one or all at once; a number is free again when it was the newest', async () => {
    const experiment_id = await anExperiment();
    for (let i = 0; i < 3; i++) await register(experiment_id, 'tone');
    const remove = (more: object = {}) =>
      call('DELETE', '/scorers/delete', { experiment_id, name: 'tone', ...more });
    await remove({ version: 1 });
    await remove({ version: 3 });
    expect(await versions(experiment_id, 'tone')).toEqual([2]);
    expect((await register(experiment_id, 'tone')).body.version).toBe(3);
    expect((await remove({ version: 1 })).body).toEqual({
      error_code: 'RESOURCE_DOES_NOT_EXIST',
      message: `Scorer with name 'tone' and version 1 not found for experiment ${experiment_id}.`,
    });
    expect((await remove()).status).toBe(200);
    expect((await remove()).body.message).toBe(
      `Scorer with name 'tone' not found for experiment ${experiment_id}.`,
    );
    expect(await ok('GET', `/scorers/list?${query({ experiment_id })}`)).toEqual({});
  });

  it('registered at once get numbers of their own', async () => {
    const experiment_id = await anExperiment();
    await Promise.all(Array.from({ length: 5 }, () => register(experiment_id, 'tone')));
    expect(await versions(experiment_id, 'tone')).toEqual([1, 2, 3, 4, 5]);
  });

  it.each([
    ['no JSON', '{', 'serialized_scorer must be valid JSON', 400],
    ['code', { call_source: 'x' }, 'Custom scorer registration (using @scorer decorator)', 400],
    [
      'an empty model',
      { builtin_scorer_pydantic_data: { model: ' ' } },
      'Scorer model cannot be empty or contain only whitespace.',
      400,
    ],
    [
      'an endpoint of a gateway',
      { instructions_judge_pydantic_data: { model: 'gateway:/judge' } },
      "GatewayEndpoint not found (name='judge')",
      404,
    ],
  ])('with %s are refused', async (_what, scorer, message, status) => {
    const answer = await register(await anExperiment(), 'tone', scorer);
    expect(answer.status).toBe(status);
    expect(answer.body.message).toContain(message);
  });

  it('belong to an active experiment and have a name', async () => {
    const experiment_id = await anExperiment();
    expect((await register(experiment_id, ' ')).body.message).toBe(
      'Scorer name cannot be empty or contain only whitespace.',
    );
    await post('/experiments/delete', { experiment_id });
    expect((await register(experiment_id, 'tone')).body.message).toBe(
      `The experiment ${experiment_id} must be in the 'active' state. Current state is deleted.`,
    );
  });

  it('judge no traces by themselves without a gateway', async () => {
    const experiment_id = await anExperiment();
    const { scorer_id } = (await register(experiment_id, 'tone')).body;
    const put = (fields: object) =>
      call('PUT', '/scorers/online-config', { experiment_id, name: 'tone', ...fields });
    expect((await put({ sample_rate: 0.5 })).body.message).toBe(
      "Scorer 'tone' does not use a gateway model. Automatic evaluation is only supported for " +
        'scorers that use gateway models.',
    );
    expect((await put({ sample_rate: 1.1 })).body.message).toBe(
      'sample_rate must be between 0.0 and 1.0, got 1.1',
    );
    const { config } = (await put({ sample_rate: 0, filter_string: "status = 'OK'" })).body;
    expect(config).toEqual({
      online_scoring_config_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      scorer_id,
      sample_rate: 0,
      experiment_id,
      filter_string: "status = 'OK'",
    });
    const path = `/scorers/online-configs?scorer_ids=${scorer_id}&scorer_ids=none`;
    expect(await ok('GET', path)).toEqual({ configs: [config] });
  });
});

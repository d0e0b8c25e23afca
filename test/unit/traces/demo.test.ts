import { describe, expect, it } from 'vitest';
import { deleteDemo, generateDemo } from '../../../functions/traces/demo/demo.ts';
import { handler as tracesHandler } from '../../../functions/traces/traces.lambda.ts';
import { setExperimentPermissions } from '../../../functions/tracking/experiments/experiment-permissions.ts';
import { handler as trackingHandler } from '../../../functions/tracking/tracking.lambda.ts';
import { callApi } from '../../support/call-api.ts';
import { aContext } from '../../support/context.ts';
import { search, traces, useTraces } from './api.ts';

useTraces();

interface DemoAnswer {
  readonly status: string;
  readonly experiment_id: string;
  readonly navigation_url: string;
  readonly features_generated: readonly string[];
  readonly features_deleted: readonly string[];
}

/** Without a body and its type, as the web interface sends it. */
const demo = async (what: 'generate' | 'delete') => {
  const path = `/ajax-api/3.0/mlflow/demo/${what}`;
  const answer = await callApi<DemoAnswer>(tracesHandler, 'POST', path, undefined, {
    'content-type': '',
  });
  expect(answer.status).toBe(200);
  return answer.body;
};

const experiment = async (id: string) => {
  const path = `/api/2.0/mlflow/experiments/get?experiment_id=${id}`;
  const { body } = await callApi<{ experiment: { name: string; lifecycle_stage: string } }>(
    trackingHandler,
    'GET',
    path,
  );
  return body.experiment;
};

const found = async (id: string) => (await search(id, { max_results: 100 })).body.traces ?? [];

describe('the demo', () => {
  it('is made once, is taken away, and comes back', async () => {
    const made = await demo('generate');
    const { experiment_id: id } = made;
    expect(made).toMatchObject({ status: 'created', navigation_url: `/experiments/${id}` });
    expect(await experiment(id)).toMatchObject({ name: 'MLflow Demo', lifecycle_stage: 'active' });
    const first = await found(id);
    expect(first.length).toBeGreaterThan(5);

    expect(await demo('generate')).toMatchObject({ status: 'exists', experiment_id: id });
    expect(await found(id)).toEqual(first);

    expect(await demo('delete')).toEqual({ status: 'deleted', features_deleted: ['traces'] });
    expect(await found(id)).toEqual([]);
    expect(await experiment(id)).toMatchObject({ lifecycle_stage: 'deleted' });
    expect(await demo('delete')).toEqual({ status: 'deleted', features_deleted: [] });

    expect(await demo('generate')).toMatchObject({ status: 'created', experiment_id: id });
    expect(await experiment(id)).toMatchObject({ lifecycle_stage: 'active' });
    expect(await found(id)).toHaveLength(first.length);
  });

  it('is changed by those only who may manage its experiment, once that has a list', async () => {
    const { experiment_id } = await demo('generate');
    await setExperimentPermissions(
      experiment_id,
      [{ user_name: 'ana', permission_level: 'CAN_MANAGE' }],
      { merge: false },
      aContext(),
    );
    const bo = aContext({ actor: { user: 'bo', groups: ['users'] } });
    await expect(generateDemo({}, bo)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(deleteDemo({}, bo)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect((await found(experiment_id)).length).toBeGreaterThan(5);
  });

  it('has conversations, what people and judges say of them, and one that failed', async () => {
    const { experiment_id: id } = await demo('generate');
    const all = await found(id);
    const values = (key: string) => new Set(all.map((one) => one.trace_metadata[key]));
    expect(values('mlflow.trace.session').size).toBe(3);
    expect(values('mlflow.trace.tokenUsage').size).toBeGreaterThan(1);
    expect(all.filter(({ state }) => state === 'ERROR')).toHaveLength(1);
    expect(all.some(({ assessments }) => assessments.length === 3)).toBe(true);
    const { body } = await traces('GET', `/get?trace_id=${all[0]?.trace_id}`);
    expect(body.trace.spans.map(({ name }) => name)).toContain('look_up');
  });
});

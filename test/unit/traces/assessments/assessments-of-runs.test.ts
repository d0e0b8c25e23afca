import { describe, expect, it } from 'vitest';
import { linkedTraces } from '../../../../functions/traces/links/link-store.ts';
import { anExperiment, aRun, post } from '../../tracking/api.ts';
import { aTrace, found, infoOf, traces, useTraces } from '../api.ts';

useTraces();

const says = (assessment_name: string, metadata?: object) => ({
  assessment_name,
  feedback: { value: true },
  source: { source_type: 'CODE' },
  ...(metadata && { metadata }),
});

const from = (run: string) => ({ 'mlflow.assessment.sourceRunId': run });

const namesOn = async (trace: string) =>
  ((await infoOf(trace)).assessments ?? []).map(
    (one) => (one as { assessment_name?: string }).assessment_name,
  );

const ok = async (answer: Promise<{ readonly status: number }>) =>
  expect(await answer).toMatchObject({ status: 200 });

describe('assessments that came from a run', () => {
  it('go with it, of every trace and out of searches, and do not come back with it', async () => {
    const experiment_id = await anExperiment();
    const [run, other] = [await aRun({ experiment_id }), await aRun({ experiment_id })];
    const told = await aTrace(experiment_id, {
      assessments: [says('told', from(run)), says('of another', from(other)), says('of nobody')],
    });
    const later = await aTrace(experiment_id);
    await ok(traces('POST', `/${later}/assessments`, { assessment: says('later', from(run)) }));
    const changed = await traces('POST', `/${later}/assessments`, { assessment: says('changed') });
    const { assessment_id } = changed.body.assessment;
    await ok(
      traces('PATCH', `/${later}/assessments/${assessment_id}`, {
        assessment: { metadata: from(run) },
        update_mask: 'metadata',
      }),
    );
    const assessed = { filter: 'feedback.later = "true"' };
    expect(await found(experiment_id, assessed)).toEqual([later]);

    await ok(post('/runs/delete', { run_id: run }));
    expect(await namesOn(told)).toEqual(['of another', 'of nobody']);
    expect(await namesOn(later)).toEqual([]);
    expect(await found(experiment_id, assessed)).toEqual([]);

    await ok(post('/runs/restore', { run_id: run }));
    expect(await namesOn(told)).toEqual(['of another', 'of nobody']);
  });

  it('go again when the run is deleted again', async () => {
    const experiment_id = await anExperiment();
    const run_id = await aRun({ experiment_id });
    await ok(post('/runs/delete', { run_id }));
    const trace = await aTrace(experiment_id, { assessments: [says('late', from(run_id))] });
    await ok(post('/runs/delete', { run_id }));
    expect(await namesOn(trace)).toEqual([]);
  });

  it('go with the experiment of the run, and with runs that are deleted by their time', async () => {
    const [experiment_id, place] = [await anExperiment(), await anExperiment()];
    const run = await aRun({ experiment_id, start_time: 100 });
    const trace = await aTrace(place, { assessments: [says('old', from(run))] });
    const kept = await aRun({ experiment_id, start_time: 200 });
    await ok(traces('POST', `/${trace}/assessments`, { assessment: says('new', from(kept)) }));
    const old = { experiment_id, max_timestamp_millis: 100 };
    await ok(post('/databricks/runs/delete-runs', old));
    expect(await namesOn(trace)).toEqual(['new']);
    await ok(post('/experiments/delete', { experiment_id }));
    expect(await namesOn(trace)).toEqual([]);
  });

  it('stay when no run has that name, of whatever length', async () => {
    const experiment_id = await anExperiment();
    const names = ['', 'r'.repeat(3_000)];
    const trace = await aTrace(experiment_id, {
      assessments: names.map((name, i) => says(`a${i}`, from(name))),
    });
    for (const run_id of names) await post('/runs/delete', { run_id });
    const issue = { assessment_name: 'i'.repeat(3_000), issue: { issue_name: 'slow' } };
    await ok(traces('POST', `/${trace}/assessments`, { assessment: { ...issue, source: {} } }));
    expect((await namesOn(trace)).slice(0, 2)).toEqual(['a0', 'a1']);
  });

  it('of a deleted trace are forgotten with it', async () => {
    const experiment_id = await anExperiment();
    const run_id = await aRun({ experiment_id });
    const trace = await aTrace(experiment_id, { assessments: [says('gone', from(run_id))] });
    await ok(traces('POST', '/delete-traces', { experiment_id, request_ids: [trace] }));
    expect(await linkedTraces({ kind: 'ASSESSING_RUN', id: run_id })).toEqual(new Set());
    await ok(post('/runs/delete', { run_id }));
    expect(await found(experiment_id)).toEqual([]);
  });
});

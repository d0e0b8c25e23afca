import { describe, expect, it } from 'vitest';
import { aTrace, traces, useTraces } from '../traces/api.ts';
import { anExperiment } from '../tracking/api.ts';
import { ok } from './api.ts';

useTraces();

const create = async (experiment_id: string, name: string, severity = 'low'): Promise<string> =>
  (await ok('POST', '/issues', { experiment_id, name, description: 'd', severity })).issue.issue_id;

const found = async (experiment_id: string): Promise<string[]> =>
  (await ok('POST', '/issues/search', { experiment_id, include_trace_count: true })).issues.map(
    ({ name, trace_count }) => `${name} ${trace_count}`,
  );

const about = (issue: string) => ({
  assessment_name: issue,
  issue: { issue_name: 'slow' },
  source: { source_type: 'HUMAN' },
});

describe('the number of traces that have an issue', () => {
  it('is reckoned when it is asked for, and orders issues of one severity', async () => {
    const experiment = await anExperiment();
    const rare = await create(experiment, 'rare');
    const often = await create(experiment, 'often');
    await create(experiment, 'newest');
    await create(experiment, 'severe', 'high');
    for (let i = 0; i < 3; i++) await aTrace(experiment, { assessments: [about(often)] });
    await aTrace(experiment, { assessments: [about(rare), about(rare), about('iss-unknown')] });
    const expected = ['severe 0', 'often 3', 'rare 1', 'newest 0'];
    expect(await found(experiment)).toEqual(expected);

    const pages: string[] = [];
    for (let page_token = ''; ; ) {
      const body = { experiment_id: experiment, include_trace_count: true, max_results: 1 };
      const page = await ok('POST', '/issues/search', { ...body, page_token });
      pages.push(...page.issues.map((one) => `${one.name} ${one.trace_count}`));
      page_token = page.next_page_token ?? '';
      if (!page_token) break;
    }
    expect(pages).toEqual(expected);

    const { issues } = await ok('POST', '/issues/search', { experiment_id: experiment });
    expect(issues.map((one) => one.name)).toEqual(['severe', 'newest', 'often', 'rare']);
    expect(issues.every((one) => one.trace_count === undefined)).toBe(true);
  });

  it('follows assessments that come and go, and traces that are deleted', async () => {
    const experiment = await anExperiment();
    const issue = await create(experiment, 'slow');
    const trace = await aTrace(experiment);
    const path = `/${trace}/assessments`;
    const add = async () =>
      (await traces('POST', path, { assessment: about(issue) })).body.assessment.assessment_id;
    const ids = [await add(), await add()];
    expect(await found(experiment)).toEqual(['slow 1']);
    await traces('DELETE', `${path}/${ids[0]}`);
    expect(await found(experiment)).toEqual(['slow 1']);
    await traces('DELETE', `${path}/${ids[1]}`);
    expect(await found(experiment)).toEqual(['slow 0']);
    await add();
    expect(await found(experiment)).toEqual(['slow 1']);
    const named = { experiment_id: experiment, request_ids: [trace] };
    expect((await traces('POST', '/delete-traces', named)).body).toEqual({ traces_deleted: 1 });
    expect(await found(experiment)).toEqual(['slow 0']);
  });
});

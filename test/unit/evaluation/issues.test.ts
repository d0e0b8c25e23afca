import { describe, expect, it } from 'vitest';
import { anExperiment, aRun, post, useTracking } from '../tracking/api.ts';
import { call, ok } from './api.ts';

useTracking();

const create = async (experiment_id: string, fields: object = {}) =>
  (await ok('POST', '/issues', { experiment_id, name: 'n', description: 'd', ...fields })).issue;
const found = async (body: object) =>
  ((await ok('POST', '/issues/search', body)).issues ?? []).map(({ name }) => name);

describe('an issue', () => {
  it('is created and read in MLflow’s shape', async () => {
    const experiment_id = await anExperiment();
    const source_run_id = await aRun({ experiment_id });
    const fields = {
      name: 'slow',
      description: 'answers late',
      status: 'resolved',
      severity: 'high',
      root_causes: ['a', 'b'],
      source_run_id,
      created_by: 'ana',
      categories: ['latency'],
    };
    const issue = await create(experiment_id, fields);
    expect(issue).toEqual({
      ...fields,
      experiment_id,
      issue_id: expect.stringMatching(/^iss-[0-9a-f]{32}$/),
      created_timestamp: expect.any(Number),
      last_updated_timestamp: issue.created_timestamp,
    });
    expect(await ok('GET', `/issues/${issue.issue_id}`)).toEqual({ issue });
    const plain = await create(experiment_id);
    expect(plain.status).toBe('pending');
    expect(plain).not.toHaveProperty('severity');
  });

  it('changes in what is given', async () => {
    const issue = await create(await anExperiment(), { severity: 'low' });
    const { issue_id } = issue;
    const change = { issue_id, status: 'rejected', severity: 'medium', name: '' };
    const { issue: after } = await ok('PATCH', `/issues/${issue_id}`, change);
    expect(after).toEqual({
      ...issue,
      status: 'rejected',
      severity: 'medium',
      last_updated_timestamp: expect.any(Number),
    });
    expect(after.last_updated_timestamp).toBeGreaterThan(issue.last_updated_timestamp);
    expect(await ok('GET', `/issues/${issue_id}`)).toEqual({ issue: after });
  });

  it('belongs to an active experiment and a run that is there', async () => {
    const experiment_id = await anExperiment();
    const body = { experiment_id, name: 'n', description: 'd' };
    const refused = async (fields: object) => {
      const { status, body: error } = await call('POST', '/issues', { ...body, ...fields });
      return [status, error.error_code, error.message];
    };
    expect(await refused({ experiment_id: '999' })).toEqual([
      404,
      'RESOURCE_DOES_NOT_EXIST',
      'No Experiment with id=999 exists',
    ]);
    expect((await refused({ source_run_id: 'none' })).slice(0, 2)).toEqual([400, 'BAD_REQUEST']);
    expect((await refused({ status: 'open' }))[0]).toBe(400);
    expect((await refused({ severity: 'huge' }))[0]).toBe(400);
    expect((await refused({ description: '' }))[2]).toContain(
      "Missing value for required parameter 'description'",
    );
    // Of several that are missing, MLflow's server names the name first.
    const first = await refused({ name: '', description: '', experiment_id: '' });
    expect(first[2]).toContain("Missing value for required parameter 'name'");
    expect((await refused({ description: '', experiment_id: '' }))[2]).toContain("'description'");
    await post('/experiments/delete', { experiment_id });
    expect((await refused({}))[0]).toBe(404);
    expect((await call('GET', '/issues/iss-1')).body.message).toBe(
      "Issue with ID 'iss-1' not found",
    );
  });
});

describe('a search for issues', () => {
  it('shows the severest first, then the newest, also after a change', async () => {
    const experiment_id = await anExperiment();
    const wait = () => new Promise((resolve) => setTimeout(resolve, 3));
    const ids: Record<string, string> = {};
    for (const [name, severity] of [
      ['none', undefined],
      ['low', 'low'],
      ['older', 'high'],
      ['newer', 'high'],
    ] as const) {
      ids[name] = (await create(experiment_id, { name, severity })).issue_id;
      await wait();
    }
    expect(await found({ experiment_id })).toEqual(['newer', 'older', 'low', 'none']);
    await ok('PATCH', `/issues/${ids.none}`, { severity: 'high' });
    expect(await found({ experiment_id })).toEqual(['newer', 'older', 'none', 'low']);
  });

  it('filters and pages', async () => {
    const experiment_id = await anExperiment();
    const run = await aRun({ experiment_id });
    for (let i = 0; i < 5; i++) {
      const status = i % 2 ? 'resolved' : 'pending';
      await create(experiment_id, { name: `i${i}`, status, ...(i < 3 && { source_run_id: run }) });
    }
    const by = async (filter_string: string) =>
      (await found({ experiment_id, filter_string })).sort();
    expect(await by("status = 'resolved'")).toEqual(['i1', 'i3']);
    expect(await by(`source_run_id = '${run}' AND status != 'resolved'`)).toEqual(['i0', 'i2']);
    expect(await by("source_run_id != 'x'")).toEqual(['i0', 'i1', 'i2']);
    const pages: string[][] = [];
    for (let page_token = ''; ; ) {
      const page = await ok('POST', '/issues/search', {
        experiment_id,
        max_results: 2,
        page_token,
      });
      pages.push(page.issues.map(({ name }) => name));
      page_token = page.next_page_token ?? '';
      if (!page_token) break;
    }
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat().sort()).toEqual(['i0', 'i1', 'i2', 'i3', 'i4']);
  });

  it.each(["name = 'a'", "status LIKE 'p%'", "status = 'a' OR status = 'b'"])(
    'refuses the filter %s',
    async (filter_string) => {
      expect((await call('POST', '/issues/search', { filter_string })).status).toBe(400);
    },
  );
});

import { describe, expect, it } from 'vitest';
import { handler } from '../../../functions/evaluation/evaluation.lambda.ts';
import { callApi } from '../../support/call-api.ts';
import { anExperiment, useTracking } from '../tracking/api.ts';
import { call, ok } from './api.ts';

useTracking();

interface IssueView {
  readonly name: string;
  readonly issue_id: string;
  readonly title: string;
  readonly create_time: string;
  readonly next_page_token?: string;
  readonly issues: readonly IssueView[];
  readonly error_code?: string;
}

const ask = (method: string, experiment: string, path: string, body?: object) =>
  callApi<IssueView>(handler, method, `/api/2.0/mlflow/experiments/${experiment}${path}`, body);

const create = async (experiment: string, fields: object = {}) =>
  (await ask('POST', experiment, '/issues', { title: 'slow', severity: 'LOW', ...fields })).body;

async function titles(experiment: string, search: object): Promise<string[]> {
  const found: string[] = [];
  let page_token = '';
  do {
    const sent = { page_size: 2, ...search, ...(page_token && { page_token }) };
    const { body } = await ask('POST', experiment, '/issues:search', sent);
    found.push(...body.issues.map(({ title }) => title));
    page_token = body.next_page_token ?? '';
  } while (page_token);
  return found;
}

describe('an issue of databricks-sdk', () => {
  it('is that of MLflow’s dialect, in its own words', async () => {
    const experiment = await anExperiment();
    const fields = {
      title: 'late answers',
      severity: 'HIGH',
      description: 'they *wait*',
      categories: ['latency'],
      tags: { team: 'ops' },
      metadata: { seen: '3' },
    };
    const issue = await create(experiment, fields);
    expect(issue).toMatchObject({
      ...fields,
      name: `experiments/${experiment}/issues/${issue.issue_id}`,
      status: 'PENDING',
      source_type: 'MANUAL',
      last_seen_time: issue.create_time,
    });
    expect(await ask('GET', experiment, `/issues/${issue.issue_id}`)).toEqual({
      status: 200,
      body: issue,
    });
    const { issue: mlflows } = await ok('GET', `/issues/${issue.issue_id}`);
    expect(mlflows).toMatchObject({ name: 'late answers', severity: 'high', status: 'pending' });
    expect(mlflows).not.toHaveProperty('further');
    const other = await anExperiment();
    expect(await ask('GET', other, `/issues/${issue.issue_id}`)).toMatchObject({ status: 404 });
  });

  it('has the id that its client chose, once', async () => {
    const experiment = await anExperiment();
    const path = `/issues?issue_id=iss-${'0a'.repeat(16)}`;
    const sent = { title: 'once', severity: 'LOW' };
    expect(await ask('POST', experiment, path, sent)).toMatchObject({ status: 200 });
    expect(await ask('POST', experiment, path, sent)).toMatchObject({
      status: 400,
      body: { error_code: 'RESOURCE_ALREADY_EXISTS' },
    });
  });

  it('changes in what its mask names', async () => {
    const experiment = await anExperiment();
    const { issue_id } = await create(experiment, {
      tags: { a: '1' },
      metadata: { x: '1', y: '2' },
    });
    const change = (mask: string, body: object) =>
      ask('PATCH', experiment, `/issues/${issue_id}?update_mask=${mask}`, body);
    const { body } = await change('status,metadata.x,metadata.z,tags', {
      title: 'not this',
      status: 'RESOLVED',
      metadata: { z: '3' },
    });
    expect(body).toMatchObject({ title: 'slow', status: 'RESOLVED', metadata: { y: '2', z: '3' } });
    expect(body).not.toHaveProperty('tags');
    expect(body).not.toHaveProperty('metadata.x');
    for (const mask of ['title', 'severity', 'status', 'issue_id', 'metadata', '']) {
      expect(await change(mask, {})).toMatchObject({ status: 400 });
    }
    expect((await call('GET', `/issues/${issue_id}`)).body.issue.status).toBe('resolved');
  });

  it('is refused beyond its limits', async () => {
    const experiment = await anExperiment();
    const sent = [
      { title: 'é'.repeat(126) },
      { severity: 'SEVERE' },
      { categories: ['a', 'A'] },
      { tags: { 'not a key': '1' } },
      { source_type: 'ADHOC_RUN' },
      { metadata: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, 'v'])) },
    ];
    for (const fields of sent) {
      expect(await create(experiment, fields)).toMatchObject({
        error_code: 'INVALID_PARAMETER_VALUE',
      });
    }
  });

  it('is found page by page, in the order that was asked for', async () => {
    const experiment = await anExperiment();
    const seen = (day: number) => ({ last_seen_time: `2026-11-0${day}T00:00:00Z` });
    await create(experiment, { title: 'a', severity: 'LOW', ...seen(3), tags: { team: 'x' } });
    await create(experiment, { title: 'b', severity: 'HIGH', ...seen(1), categories: ['Latency'] });
    await create(experiment, { title: 'c', severity: 'HIGH', ...seen(2), tags: { team: 'y' } });
    await create(experiment, { title: 'D', severity: 'MEDIUM', ...seen(4), status: 'RESOLVED' });
    expect(await titles(experiment, {})).toEqual(['c', 'b', 'a', 'D']);
    const ascending = { sort_order: 'ASCENDING' };
    expect(await titles(experiment, ascending)).toEqual(['a', 'b', 'c', 'D']);
    expect(await titles(experiment, { ...ascending, sort_key: 'LAST_SEEN_TIME' })).toEqual([
      'b',
      'c',
      'a',
      'D',
    ]);
    expect(await titles(experiment, { categories: ['latency'] })).toEqual(['b']);
    expect(await titles(experiment, { statuses: ['RESOLVED'], query: 'd' })).toEqual(['D']);
    expect(await titles(experiment, { severities: ['LOW', 'MEDIUM'] })).toEqual(['a', 'D']);
    expect(await titles(experiment, { tag_filters: [{ key: 'team' }] })).toEqual(['c', 'a']);
    expect(await titles(experiment, { tag_filters: [{ key: 'team', values: ['x'] }] })).toEqual([
      'a',
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { writeOne } from '../../../../functions/shared/dynamo/index.ts';
import { announced } from '../../../support/outbox.ts';
import { anExperiment, aRun, asObject, get, log, post, useTracking } from '../api.ts';

useTracking();

const experiment = async (experiment_id: string) =>
  (await get('/experiments/get', { experiment_id })).body.experiment;

const stageOf = async (run_id: string) =>
  (await get('/runs/get', { run_id })).body.run.info.lifecycle_stage;

describe('the default experiment', () => {
  it('is there from the beginning under id 0 and under its name', async () => {
    expect(await experiment('0')).toMatchObject({
      experiment_id: '0',
      name: 'Default',
      lifecycle_stage: 'active',
      artifact_location: 'mlflow-artifacts:/0',
    });
    const byName = await get('/experiments/get-by-name', { experiment_name: 'Default' });
    expect(byName.body.experiment.experiment_id).toBe('0');
  });

  it('owns its name', async () => {
    expect(await post('/experiments/create', { name: 'Default' })).toMatchObject({
      status: 400,
      body: { error_code: 'RESOURCE_ALREADY_EXISTS' },
    });
  });
});

describe('creating an experiment', () => {
  it('gives it a number, a place for artifacts, its tags and an event', async () => {
    const tags = [{ key: 'team', value: 'ads' }];
    const { body } = await post('/experiments/create', { name: 'clicks', tags });
    const found = await experiment(body.experiment_id);
    expect(found).toMatchObject({
      name: 'clicks',
      artifact_location: `mlflow-artifacts:/${body.experiment_id}`,
      tags,
    });
    expect(Number(body.experiment_id)).toBeGreaterThan(0);
    expect(found.creation_time).toBe(found.last_update_time);
    const events = (await announced('tracking')).filter(({ data }) => data.name === 'clicks');
    expect(events).toMatchObject([
      { type: 'ExperimentCreated', data: { experiment_id: body.experiment_id } },
    ]);
  });

  it('gives each of many at once a number of its own', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => anExperiment()));
    expect(new Set(ids).size).toBe(10);
  });

  it('lets one of many with the same name through', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => post('/experiments/create', { name: 'contended' })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, body } of answers) {
      if (status !== 200)
        expect(body.message).toContain('Experiment(name=contended) already exists.');
    }
  });

  it('refuses a tag that is given twice as MLflow’s server does', async () => {
    const twice = { key: 'team', value: 'ads' };
    const { status, body } = await post('/experiments/create', {
      name: 'two',
      tags: [twice, twice],
    });
    expect([status, body.error_code, body.message]).toEqual([
      400,
      'RESOURCE_ALREADY_EXISTS',
      'Experiment(name=two) already exists.',
    ]);
    expect((await post('/experiments/create', { name: 'two', tags: [twice] })).status).toBe(200);
  });

  it.each([
    [{ name: '' }, "Missing value for required parameter 'name'"],
    [{ name: 'x'.repeat(501) }, 'exceeds the maximum length of 500'],
    [{ name: 'a1', artifact_location: 's3://b/x#y' }, "can't include fragments"],
    [{ name: 'a2', artifact_location: 'file://host/x' }, 'is not a valid remote uri'],
    [{ name: 'a2', artifact_location: 'runs:/x/y' }, 'cannot be a runs:/ URI'],
    [{ name: 'a3', artifact_location: `s3://${'x'.repeat(2048)}` }, 'Invalid artifact path length'],
    [{ name: 'a4', tags: [{ key: 'k', value: 'x'.repeat(5001) }] }, 'maximum length of 5000'],
  ])('refuses %.60j', async (input, message) => {
    const { status, body } = await post('/experiments/create', input);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error_code: 'INVALID_PARAMETER_VALUE' });
    expect(body.message).toContain(message);
  });
});

describe('looking for an experiment', () => {
  it('answers 404 for an unknown id and an unknown name', async () => {
    expect(await get('/experiments/get', { experiment_id: '987654' })).toEqual({
      status: 404,
      body: {
        error_code: 'RESOURCE_DOES_NOT_EXIST',
        message: 'No Experiment with id=987654 exists',
      },
    });
    const byName = await get('/experiments/get-by-name', { experiment_name: 'nobody' });
    expect(byName).toMatchObject({ status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST' } });
  });

  it.each(['9223372036854775807', '-9223372036854775808'])('finds none: %s', async (id) => {
    const { status, body } = await get('/experiments/get', { experiment_id: id });
    expect([status, body.message]).toEqual([404, `No Experiment with id=${id} exists`]);
  });

  it('refuses an id of more than 64 bits', async () => {
    const asked = { experiment_id: '9223372036854775808' };
    expect((await get('/experiments/get', asked)).status).toBe(400);
  });

  it('refuses an id that is no number', async () => {
    const { status, body } = await get('/experiments/get', { experiment_id: 'abc' });
    expect(status).toBe(400);
    expect(body.message).toContain('Experiment ID must be a valid integer.');
  });
});

describe('renaming an experiment', () => {
  it('moves the name: the old one is free, the new one is taken', async () => {
    const id = await anExperiment('before');
    await post('/experiments/update', { experiment_id: id, new_name: 'after' });
    const byName = await get('/experiments/get-by-name', { experiment_name: 'after' });
    expect(byName.body.experiment.experiment_id).toBe(id);
    expect((await post('/experiments/create', { name: 'before' })).status).toBe(200);
    const taken = await post('/experiments/update', { experiment_id: id, new_name: 'before' });
    expect(taken.body.error_code).toBe('RESOURCE_ALREADY_EXISTS');
  });

  it('leaves exactly one name behind when several rename at once', async () => {
    const id = await anExperiment('racing');
    const names = ['racing 1', 'racing 2', 'racing 3', 'racing 4'];
    await Promise.all(
      names.map((new_name) => post('/experiments/update', { experiment_id: id, new_name })),
    );
    const { name } = await experiment(id);
    for (const other of ['racing', ...names]) {
      const { status } = await get('/experiments/get-by-name', { experiment_name: other });
      expect([other, status]).toEqual([other, other === name ? 200 : 404]);
    }
  });

  it('is an error while it is deleted', async () => {
    const id = await anExperiment();
    await post('/experiments/delete', { experiment_id: id });
    const answer = await post('/experiments/update', { experiment_id: id, new_name: 'x y z' });
    expect(answer).toMatchObject({ status: 500, body: { error_code: 'INVALID_STATE' } });
  });
});

describe('deleting an experiment', () => {
  it('deletes its runs with it and restores them with it', async () => {
    const id = await anExperiment();
    const runs = await Promise.all([1, 2, 3].map(() => aRun({ experiment_id: id })));
    const [run = ''] = runs;
    await post('/experiments/delete', { experiment_id: id });
    expect((await experiment(id)).lifecycle_stage).toBe('deleted');
    expect(await Promise.all(runs.map(stageOf))).toEqual(['deleted', 'deleted', 'deleted']);
    const metrics = [{ key: 'a', value: 1, timestamp: 1 }];
    expect((await log(run, { metrics })).status).toBe(400);
    await post('/experiments/restore', { experiment_id: id });
    expect(await Promise.all(runs.map(stageOf))).toEqual(['active', 'active', 'active']);
    expect((await log(run, { metrics })).status).toBe(200);
  });

  it('goes on where it was interrupted when it is done again', async () => {
    const experiment_id = await anExperiment();
    const run = await aRun({ experiment_id });
    await writeOne({
      table: 'tracking',
      key: { pk: `EXPERIMENT#${experiment_id}`, sk: 'META' },
      update: 'SET lifecycle_stage = :deleted, runs_pending = :true',
      values: { ':deleted': 'deleted', ':true': true },
    });
    expect(await stageOf(run)).toBe('active');
    expect((await post('/experiments/delete', { experiment_id })).status).toBe(200);
    expect(await stageOf(run)).toBe('deleted');
    expect((await post('/experiments/delete', { experiment_id })).status).toBe(404);
  });

  it('is an error the second time, as restoring an active one is', async () => {
    const experiment_id = await anExperiment();
    expect((await post('/experiments/restore', { experiment_id })).status).toBe(404);
    await post('/experiments/delete', { experiment_id });
    expect((await post('/experiments/delete', { experiment_id })).status).toBe(404);
  });

  it('keeps its name and refuses new runs and tags', async () => {
    const experiment_id = await anExperiment('kept');
    await post('/experiments/delete', { experiment_id });
    expect((await post('/experiments/create', { name: 'kept' })).status).toBe(400);
    const message = `The experiment ${experiment_id} must be in the 'active' state. Current state is deleted.`;
    for (const answer of [
      await post('/runs/create', { experiment_id }),
      await post('/experiments/set-experiment-tag', { experiment_id, key: 'k', value: 'v' }),
    ]) {
      expect(answer).toEqual({
        status: 400,
        body: { error_code: 'INVALID_PARAMETER_VALUE', message },
      });
    }
  });

  it('leaves no run behind that was created at the same moment', async () => {
    const experiment_id = await anExperiment();
    const [, ...created] = await Promise.all([
      post('/experiments/delete', { experiment_id }),
      ...Array.from({ length: 8 }, () => post('/runs/create', { experiment_id })),
    ]);
    const ids = created.flatMap(({ status, body }) =>
      status === 200 ? [body.run.info.run_id] : [],
    );
    expect(await Promise.all(ids.map(stageOf))).toEqual(ids.map(() => 'deleted'));
  });
});

describe('tags of an experiment', () => {
  it('are set, overwritten, emptied and deleted without touching last_update_time', async () => {
    const experiment_id = await anExperiment();
    const { last_update_time } = await experiment(experiment_id);
    for (const value of ['1', '2']) {
      await post('/experiments/set-experiment-tag', { experiment_id, key: 'a', value });
    }
    await post('/experiments/set-experiment-tag', { experiment_id, key: 'empty' });
    await post('/experiments/set-experiment-tag', { experiment_id, key: 'gone', value: 'x' });
    await post('/experiments/delete-experiment-tag', { experiment_id, key: 'gone' });
    const found = await experiment(experiment_id);
    expect(asObject(found.tags)).toEqual({ a: '2', empty: '' });
    expect(found.last_update_time).toBe(last_update_time);
  });

  it('answers 404 for a tag or an experiment that is not there', async () => {
    const experiment_id = await anExperiment();
    const noTag = await post('/experiments/delete-experiment-tag', { experiment_id, key: 'none' });
    expect(noTag.status).toBe(404);
    expect(noTag.body.message).toContain('No tag with name: none');
    const missing = { experiment_id: '987654', key: 'k', value: 'v' };
    const noExperiment = await post('/experiments/set-experiment-tag', missing);
    expect(noExperiment.body.message).toBe('No Experiment with id=987654 exists');
  });
});

describe('searching experiments', () => {
  it('filters, orders, pages and keeps deleted ones apart', async () => {
    for (const name of ['s/b', 's/a', 's/d', 's/c']) {
      const experiment_id = await anExperiment(name);
      const tag = { experiment_id, key: 'team', value: name === 's/d' ? 'x' : 'search' };
      await post('/experiments/set-experiment-tag', tag);
      if (name === 's/c') await post('/experiments/delete', { experiment_id });
    }
    const search = async (input: object) => {
      const { body } = await post('/experiments/search', input);
      const names = (body.experiments ?? []).map((one) => one.name);
      return { names, token: body.next_page_token };
    };
    const filter = "name LIKE 's/%'";
    expect((await search({ filter })).names).toEqual(['s/d', 's/a', 's/b']);
    expect((await search({ filter, view_type: 'ALL', order_by: ['name'] })).names).toEqual([
      's/a',
      's/b',
      's/c',
      's/d',
    ]);
    expect((await search({ filter, view_type: 'DELETED_ONLY' })).names).toEqual(['s/c']);
    const byTag = await search({ filter: "tags.team = 'search'", order_by: ['name DESC'] });
    expect(byTag.names).toEqual(['s/b', 's/a']);
    const first = await search({ filter, order_by: ['name'], max_results: 2 });
    expect(first.names).toEqual(['s/a', 's/b']);
    const rest = { filter, order_by: ['name'], max_results: 2, page_token: first.token };
    expect(await search(rest)).toEqual({ names: ['s/d'], token: undefined });
  });

  it('cuts pages below what a function may answer, with a token for the rest', async () => {
    // Of three bytes a character: an answer counts those.
    const tags = Array.from({ length: 20 }, (_, i) => ({ key: `t${i}`, value: '日'.repeat(5000) }));
    const names = Array.from({ length: 24 }, (_, i) => `wide/${i}`);
    for (const name of names) {
      expect((await post('/experiments/create', { name, tags })).status).toBe(200);
    }
    const found: string[] = [];
    let page_token: string | undefined;
    do {
      const { body } = await post('/experiments/search', {
        filter: "name LIKE 'wide/%'",
        order_by: ['experiment_id'],
        ...(page_token && { page_token }),
      });
      expect(Buffer.byteLength(JSON.stringify(JSON.stringify(body)))).toBeLessThan(6 * 2 ** 20);
      found.push(...body.experiments.map(({ name }) => name));
      page_token = body.next_page_token;
    } while (page_token);
    expect(found).toEqual(names);
  });

  it('breaks ties of an order by the newest id, and takes a field twice', async () => {
    const ids = [];
    for (const name of ['t/a', 't/b']) {
      ids.push(
        (await post('/experiments/create', { name, tags: [{ key: 'k', value: 'v' }] })).body,
      );
    }
    const search = async (order_by: string[]) =>
      (
        await post('/experiments/search', { filter: "name LIKE 't/%'", order_by })
      ).body.experiments.map(({ name }) => name);
    expect(await search(['name', 'name DESC'])).toEqual(['t/a', 't/b']);
    expect(await search(['experiment_id DESC'])).toEqual(['t/b', 't/a']);
  });

  it.each([
    [{ filter: "attributes.name = 'a'" }, "Invalid entity type 'attributes'"],
    [{ filter: "experiment_id = '1'" }, "Invalid attribute key 'experiment_id'"],
    [{ filter: "name like 'a'" }, "Invalid comparator 'like'"],
    [{ filter: "name IN ('a')" }, "Only the 'run_id' attribute"],
    [{ filter: 'name IS NULL' }, 'only supported for tags, not for attribute'],
    [{ filter: "name <> 'a'" }, "Invalid comparator '<>'"],
    [{ order_by: ['tags.a'] }, 'Invalid order_by entity: tag'],
    [{ max_results: 0 }, "'max_results' supplied. It must be a positive integer"],
    [{ max_results: 50_001 }, "'max_results' supplied. It must be at most 50000"],
  ])('refuses %j', async (body, message) => {
    const answer = await post('/experiments/search', body);
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(message)]);
  });

  it('refuses a page size out of range and a broken filter', async () => {
    expect((await post('/experiments/search', { max_results: 50_001 })).status).toBe(400);
    expect((await post('/experiments/search', { filter: 'nonsense' })).status).toBe(400);
  });
});

import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moveAlias } from '../../../../functions/registry/aliases/move-alias.ts';
import { setTag } from '../../../../functions/registry/change-tags.ts';
import { getModelVersion, getVersionByAlias } from '../../../../functions/registry/index.ts';
import { createRegisteredModel } from '../../../../functions/registry/models/create-registered-model.ts';
import { getLive } from '../../../../functions/serving/index.ts';
import { abortRollout } from '../../../../functions/serving/rollout/end-rollout.ts';
import { aContext } from '../../../support/context.ts';
import { loggedRequests } from '../../../support/inference-log.ts';
import { announced } from '../../../support/outbox.ts';
import { PATIENCE_MS } from '../../../support/patience.ts';
import { type Platform, startPlatform } from '../../../support/platform.ts';
import { trainTiny } from '../../../support/tiny-model.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const context = aContext({ clock: Date.now });
let names = 0;

interface RolloutBody {
  readonly id: string;
  readonly status: string;
  readonly percentage: number;
  readonly reason?: string;
  readonly to_version: string;
  readonly analysis: Readonly<Record<string, never>>;
}

/** Half of the traffic until there is evidence; looks every second. */
const QUICK = {
  strategy: 'canary',
  percentage: 50,
  bake: { requests: 20 },
  minimum_samples: 20,
  interval: 'PT1S',
  analysis: { errors: { tolerance: 0.2 }, latency: null },
};

/** An endpoint that follows `@champion`, at version 1, with a version 2 beside. */
async function anEndpoint(rollout: object | undefined, files?: Record<string, string>) {
  const { name } = await createRegisteredModel({ name: `r${++names}` }, context);
  await trainTiny(platform, name, 'x', context);
  await trainTiny(platform, name, 'n', context, files ? { files } : undefined);
  await point(name, '1');
  await platform.serving('POST', '/api/2.0/serving-endpoints', {
    name,
    config: {
      served_entities: [{ name: 'main', entity_name: name, entity_version: '@champion' }],
      traffic_config: { ...(rollout && { rollout }) },
    },
  });
  await platform.settle();
  return name;
}

const point = (model: string, version: string) =>
  moveAlias({ model, alias: 'champion', version, cause: 'request' }, context);
const path = (name: string, rest = '') => `/api/slipway/v1/endpoints/${name}/rollouts${rest}`;
const ask = (name: string, headers: Record<string, string> = {}) =>
  platform.invoke(name, { dataframe_records: [{ x: 0.9, z: 0.1, n: 0 }] }, headers);
const rolloutsOf = async (name: string) =>
  ((await platform.serving('GET', path(name))).body as { rollouts: RolloutBody[] }).rollouts;
const versionsLive = async (name: string) =>
  (await getLive(name))?.entities.map(({ version, weight }) => [version, weight]);
/** A status is there a moment before the data path follows it. */
const serves = (name: string, versions: [string, number][]) =>
  expect.poll(() => versionsLive(name)).toEqual(versions);
const eventsOf = async (name: string) =>
  (await announced('platform'))
    .filter(({ type, data }) => type.startsWith('Rollout') && data.endpoint === name)
    .map(({ type }) => type);

/** Sends requests and delivers events until the newest rollout is as it should be. */
async function until(name: string, holds: (rollout: RolloutBody) => boolean, load = 20) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    await platform.settle();
    const [rollout] = await rolloutsOf(name);
    if (rollout && holds(rollout)) return rollout;
    await Promise.all(Array.from({ length: load }, () => ask(name)));
    await pause(100);
  }
  throw new Error(`The rollout stays as it is: ${JSON.stringify(await rolloutsOf(name))}`);
}
const over = ({ status }: RolloutBody) => !['RUNNING', 'WAITING_FOR_APPROVAL'].includes(status);

describe('a version that the alias comes to name', () => {
  it('takes the traffic over in steps, and is promoted by the evidence', async () => {
    const name = await anEndpoint({ ...QUICK, strategy: 'linear', percentage: 50 });
    await point(name, '2');
    await until(name, ({ percentage }) => percentage === 50);
    await serves(name, [
      ['2', 50],
      ['1', 50],
    ]);
    const answered = await Promise.all(Array.from({ length: 30 }, () => ask(name)));
    const versions = answered.map(({ headers }) => headers['slipway-model-version']);
    expect(new Set(versions)).toEqual(new Set(['1', '2']));
    // A version that the caller chose says nothing about chance's choice.
    const { headers } = await ask(name, { 'slipway-model-version': '2' });
    expect(headers['slipway-model-version']).toBe('2');
    const logged = await loggedRequests(name);
    const rowOf = (answer: { headers: Readonly<Record<string, string>> }) =>
      logged.find((row) => row.databricksRequestId === answer.headers['x-request-id']);
    expect(rowOf({ headers })).not.toHaveProperty('trial');
    for (const answer of answered) expect(rowOf(answer)).toHaveProperty('trial');

    const done = await until(name, over);
    expect(done).toMatchObject({ status: 'PROMOTED', to_version: '2' });
    await serves(name, [['2', 100]]);
    expect(await eventsOf(name)).toEqual(['RolloutStarted', 'RolloutAdvanced', 'RolloutPromoted']);
    await platform.settle();
    expect(await rolloutsOf(name)).toHaveLength(1);
  });

  it('is aborted when it fails: the weights and the alias go back, and stay', async () => {
    // Version 2 takes its input example, but no request without a column that only it needs.
    const mlmodel =
      'flavors:\n  slipway.gbdt:\n    data: model.gbdt.json\nsignature:\n  inputs: \'[{"type": "double", "name": "absent", "required": true}]\'\n';
    const name = await anEndpoint(QUICK, { 'model/MLmodel': mlmodel });
    await point(name, '2');
    const done = await until(name, over);
    expect(done).toMatchObject({
      status: 'ABORTED',
      reason: expect.stringMatching(/^errors: 100/),
    });
    await serves(name, [['1', 100]]);
    await platform.settle();
    await expect.poll(() => getVersionByAlias(name, 'champion')).toBe('1');
    await serves(name, [['1', 100]]);
    expect(await rolloutsOf(name)).toHaveLength(1);
    const allAnswered = async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(name)));
      return answers.every(({ status }) => status === 200);
    };
    // The data path looks at most every 150 ms for what it serves.
    await expect.poll(allAnswered).toBe(true);
    expect(await allAnswered()).toBe(true);
  });

  it('is not aborted for mistakes of its callers that the version before refuses as well', async () => {
    const strategy = { ...QUICK, strategy: 'all_at_once', minimum_samples: 20 };
    const name = await anEndpoint(strategy);
    await point(name, '2');
    await until(name, ({ percentage }) => percentage === 100, 0);
    await expect.poll(async () => (await ask(name)).headers['slipway-model-version']).toBe('2');
    const wrong = () => platform.invoke(name, { dataframe_records: [{ z: 0.5 }] });
    const refused = await Promise.all(Array.from({ length: 200 }, wrong));
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([400]));
    for (const row of await loggedRequests(name)) {
      if (row.statusCode === 400) expect(row).not.toHaveProperty('trial');
    }
    expect(await until(name, over)).toMatchObject({ status: 'PROMOTED' });
  });

  it('is given up for the version that the alias names next, and for the one before', async () => {
    const name = await anEndpoint({ ...QUICK, minimum_samples: 100_000 });
    await trainTiny(platform, name, 'z', context);
    await point(name, '2');
    await until(name, ({ percentage }) => percentage === 50, 0);
    await point(name, '3');
    await until(name, ({ to_version, percentage }) => to_version === '3' && percentage === 50, 0);
    await serves(name, [
      ['3', 50],
      ['1', 50],
    ]);
    await point(name, '1');
    await until(name, over, 0);
    expect((await rolloutsOf(name)).map(({ status }) => status)).toEqual([
      'SUPERSEDED',
      'SUPERSEDED',
    ]);
    await serves(name, [['1', 100]]);
  });
});

/** A process that is killed when it looks at the clock for the n-th time. */
function dyingContext(n: number) {
  let looks = 0;
  const clock = () => {
    if (++looks >= n) throw new Error('killed');
    return Date.now();
  };
  return { died: () => looks >= n, context: aContext({ clock }) };
}

describe('an abort that is killed at any point', () => {
  it.each(['a repetition', 'its event'])('is finished by %s, once', async (finishedBy) => {
    const name = await anEndpoint({ ...QUICK, minimum_samples: 100_000 });
    const aborted: string[] = [];
    for (let n = 1, died = true; died; n++) {
      await point(name, '2');
      await platform.settle();
      const [rollout] = await rolloutsOf(name);
      const ending = { endpoint: name, rollout_id: rollout?.id ?? '', reason: 'slow' };
      // Those that ended before have no say about an alias that came back since.
      for (const rollout_id of aborted) await abortRollout({ ...ending, rollout_id }, context);
      expect(await getVersionByAlias(name, 'champion')).toBe('2');

      const dying = dyingContext(n);
      await abortRollout(ending, dying.context).catch(() => {});
      died = dying.died();
      const isNoted = (await rolloutsOf(name))[0]?.status === 'ABORTED';
      if (finishedBy === 'a repetition' || !isNoted) await abortRollout(ending, context);
      await platform.settle();
      expect(await getVersionByAlias(name, 'champion')).toBe('1');
      await serves(name, [['1', 100]]);
      expect((await rolloutsOf(name))[0]).toMatchObject({ id: rollout?.id, status: 'ABORTED' });
      aborted.push(ending.rollout_id);
    }
    // The three writes: rollout, data path, alias.
    expect(aborted.length).toBeGreaterThan(3);
    const told = (await eventsOf(name)).filter((type) => type === 'RolloutAborted');
    expect(told).toHaveLength(aborted.length);
  });
});

describe('what is undecided when the time is over', () => {
  it.each([
    ['approve', 'PROMOTED', '2'],
    ['deny', 'ABORTED', '1'],
  ])('is asked of a person: %s', async (answer, status, version) => {
    const name = await anEndpoint({
      ...QUICK,
      minimum_samples: 100_000,
      timeout: 'PT1S',
      approval: { self_approval: true },
    });
    const promotion = { key: 'model_approval', value: 'approved by ida on 2026-11-20' };
    await setTag({ name, version: '2', ...promotion }, context);
    await point(name, '2');
    const waiting = await until(name, (one) => one.status === 'WAITING_FOR_APPROVAL', 2);
    expect(waiting.reason).toContain('fewer than 100000 samples');
    await serves(name, [
      ['2', 50],
      ['1', 50],
    ]);
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(50)) {
      const vote = `/api/slipway/v1/approvals/${waiting.id}/${answer}`;
      if ((await platform.approvals('POST', vote, { comment: 'seen' })).status === 200) break;
    }
    expect(await until(name, over, 0)).toMatchObject({ status });
    await platform.settle();
    await serves(name, [[version, 100]]);
    await expect.poll(() => getVersionByAlias(name, 'champion')).toBe(version);
    expect(await eventsOf(name)).toContain('RolloutInconclusive');
    const { tags } = (await getModelVersion(name, '2'))!;
    expect(tags.model_approval).toBe(promotion.value);
    const said = answer === 'approve' ? 'approved' : 'denied';
    expect(tags[`rollout_approval.${name}`]).toMatch(
      new RegExp(`^${said} by local on \\d{4}-\\d{2}-\\d{2}$`),
    );
  });
});

describe('a rollout whose execution is stopped by AWS', () => {
  const why = { error: 'Maintenance', cause: 'no traffic tonight' };
  const reason = 'its execution ended: Maintenance: no traffic tonight';

  it('is aborted: the weights and the alias go back', async () => {
    const name = await anEndpoint({ ...QUICK, minimum_samples: 100_000 });
    await point(name, '2');
    const { id } = await until(name, ({ percentage }) => percentage === 50, 0);
    await platform.stopExecution('rollout', id, why);
    expect(await until(name, over, 0)).toMatchObject({ status: 'ABORTED', reason });
    await serves(name, [['1', 100]]);
    await expect.poll(() => getVersionByAlias(name, 'champion')).toBe('1');
    expect((await eventsOf(name)).filter((type) => type === 'RolloutAborted')).toHaveLength(1);
  });

  it('is aborted while a person is asked, who cannot answer any more', async () => {
    const name = await anEndpoint({ ...QUICK, minimum_samples: 100_000, timeout: 'PT1S' });
    await point(name, '2');
    const { id } = await until(name, (one) => one.status === 'WAITING_FOR_APPROVAL', 2);
    const approval = async () =>
      (await platform.approvals<{ status: string }>('GET', `/api/slipway/v1/approvals/${id}`)).body;
    await expect.poll(async () => (await approval()).status).toBe('PENDING');
    await platform.stopExecution('rollout', id, why);
    expect(await until(name, over, 0)).toMatchObject({ status: 'ABORTED', reason });
    expect(await approval()).toMatchObject({ status: 'EXPIRED' });
    await serves(name, [['1', 100]]);
  });
});

const ENDED = ['RolloutAborted', 'RolloutPromoted', 'RolloutSuperseded'];

describe('a rollout about which a person is asked', () => {
  const asked = async () => {
    const name = await anEndpoint({ ...QUICK, minimum_samples: 100_000, timeout: 'PT1S' });
    await point(name, '2');
    const { id } = await until(name, (one) => one.status === 'WAITING_FOR_APPROVAL', 2);
    const status = async () => {
      const path = `/api/slipway/v1/approvals/${id}`;
      return (await platform.approvals<{ status: string }>('GET', path)).body.status;
    };
    await expect.poll(status).toBe('PENDING');
    return { name, id, status };
  };

  it.each<[string, string, (name: string, id: string) => Promise<unknown>]>([
    [
      'its endpoint is deleted',
      'RolloutSuperseded',
      (name) => platform.serving('DELETE', `/api/2.0/serving-endpoints/${name}`),
    ],
    ['the alias goes back', 'RolloutSuperseded', (name) => point(name, '1')],
    [
      'somebody aborts it',
      'RolloutAborted',
      (name, id) => platform.serving('POST', path(name, `/${id}/abort`), {}),
    ],
    [
      'somebody promotes it',
      'RolloutPromoted',
      (name, id) => platform.serving('POST', path(name, `/${id}/promote`), {}),
    ],
  ])('is none once %s, and its execution waits for nobody', async (_, told, end) => {
    const { name, id, status } = await asked();
    await end(name, id);
    await platform.settle();
    expect(await status()).toBe('EXPIRED');
    await expect.poll(() => platform.executionStatus('rollout', id)).toBe('SUCCEEDED');
    await platform.settle();
    // The execution that goes on finds the rollout ended, and ends it no second time.
    expect((await eventsOf(name)).filter((type) => ENDED.includes(type))).toEqual([told]);
  });
});

describe('a rollout that somebody asks for', () => {
  it('leaves the alias where it is until it is promoted', async () => {
    const name = await anEndpoint(undefined);
    const created = await platform.serving('POST', path(name), { version: 2, rollout: QUICK });
    expect(created).toMatchObject({ status: 200, body: { status: 'RUNNING', percentage: 0 } });
    await until(name, ({ percentage }) => percentage === 50, 0);
    await expect.poll(() => getVersionByAlias(name, 'champion')).toBe('1');
    expect(
      await platform.serving('POST', path(name), { version: 2, rollout: QUICK }),
    ).toMatchObject({ status: 400 });
    expect(await until(name, over)).toMatchObject({ status: 'PROMOTED' });
    await platform.settle();
    await expect.poll(() => getVersionByAlias(name, 'champion')).toBe('2');
    await serves(name, [['2', 100]]);
  });

  it('is ended by a person at once, either way', async () => {
    const name = await anEndpoint(undefined);
    const start = async () => {
      const rollout = { ...QUICK, minimum_samples: 100_000 };
      const { body } = await platform.serving('POST', path(name), { version: '2', rollout });
      await until(name, ({ percentage }) => percentage === 50, 0);
      return (body as RolloutBody).id;
    };
    const aborted = await platform.serving('POST', path(name, `/${await start()}/abort`), {});
    expect(aborted.body).toMatchObject({ status: 'ABORTED', reason: 'aborted by local' });
    await serves(name, [['1', 100]]);
    const promoted = await platform.serving('POST', path(name, `/${await start()}/promote`), {});
    expect(promoted.body).toMatchObject({ status: 'PROMOTED' });
    await platform.settle();
    await serves(name, [['2', 100]]);
  });

  it('is refused for what cannot be rolled out', async () => {
    const name = await anEndpoint(undefined);
    const tries = [
      [{ version: '9', rollout: QUICK }, 404],
      [{ version: '1', rollout: QUICK }, 400],
      [{ version: '2' }, 400],
      [{ version: '2', rollout: { strategy: 'big bang' } }, 400],
    ] as const;
    for (const [body, status] of tries) {
      expect((await platform.serving('POST', path(name), body)).status).toBe(status);
    }
    expect((await platform.serving('GET', path(name, '/none'))).status).toBe(404);
  });
});

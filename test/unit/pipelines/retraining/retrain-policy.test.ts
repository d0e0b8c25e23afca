import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getLock } from '../../../../functions/pipelines/pipeline-store.ts';
import { putPolicy } from '../../../../functions/policies/put-policy.ts';
import { moveAlias } from '../../../../functions/registry/aliases/move-alias.ts';
import { aContext } from '../../../support/context.ts';
import { aMonitoredModel, aRequest, windowsOf } from '../../../support/monitored-model.ts';
import { announced } from '../../../support/outbox.ts';
import { trainsAVersion } from '../../../support/platform/training.ts';
import { type Delivery, type Platform, startPlatform } from '../../../support/platform.ts';
import { tinyRows, trainTiny } from '../../../support/tiny-model.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({ train: trainsAVersion(context) });
});
afterAll(() => platform.stop());

const context = aContext();
const trained = tinyRows(3000);
const rows = tinyRows(500, 7);
let names = 0;

/** A monitored model with a pipeline and a retraining policy: 2 of 3 days of psi above 0.2. */
async function aModel(policy: object = {}): Promise<string> {
  const model = `m${++names}`;
  await aMonitoredModel(platform, model, trained, context);
  await platform.pipelines('PUT', `/api/slipway/v1/pipelines/${model}`, {
    model,
    data: { train: 's3://artifacts/train', label: 'label', time_column: 'at', trailing: 'P60D' },
  });
  const when = [{ metric: 'psi', column: '*', above: 0.2, k: 2, n: 3 }];
  await putPolicy(
    { name: model, document: { retraining: { pipeline: model, when, ...policy } } },
    context,
  );
  return model;
}

const day = (n: number) => `2001-03-${String(n).padStart(2, '0')}T12:00:00Z`;

/** A day's requests: of a moved distribution, or of the one that was trained on. */
const serve = (model: string, n: number, moved: boolean) =>
  platform.invoke(model, aRequest(rows, day(n), { id: `day-${n}`, shift: moved ? 0.4 : 0 }));

/** Delivers events until every training that was requested has ended. */
async function work(delivery?: Delivery): Promise<void> {
  await platform.watch();
  await platform.settleUntil(runningExecutions, (running) => running === 0, delivery);
}

async function runningExecutions(): Promise<number> {
  const locks = Array.from({ length: names }, (_, i) => getLock(`m${i + 1}`));
  return (await Promise.all(locks)).filter((lock) => lock !== undefined).length;
}

/** Day and outcome of every decision about the model. */
async function decisionsOn(model: string): Promise<string[]> {
  const { windows } = await windowsOf(platform, model);
  return windows.flatMap(({ window, inputs }) => {
    const decision = inputs.retraining as { outcome: string } | undefined;
    return decision ? [`${Number(window.slice(8, 10))} ${decision.outcome}`] : [];
  });
}

const requestsOf = async (model: string) =>
  (await announced('platform')).filter(
    ({ type, data }) => type === 'TrainingRequested' && data.model === model,
  );

describe('the retrain policy', () => {
  it('requests a training up to the end of the window that made it due', async () => {
    const model = await aModel();
    for (const [n, moved] of [true, false, true, false].entries()) {
      await serve(model, n + 1, moved);
    }
    await work();
    expect(await decisionsOn(model)).toEqual(['1 not_met', '3 requested']);
    const [requested, ...others] = await requestsOf(model);
    expect(others).toEqual([]);
    expect(requested?.data).toMatchObject({
      pipeline: model,
      reason: 'psi of x above 0.2 in 2 of the last 3 windows',
      parameters: { 'data.window_end': '2001-03-04T00:00:00.000Z' },
    });
    const { windows } = await windowsOf(platform, model);
    expect(windows[2]?.inputs).toMatchObject({
      settled: true,
      retraining: { execution_id: requested?.data.execution_id },
    });
  });

  it('decides the same in any order and number of the events', async () => {
    const orders: Delivery[] = [
      (events) => events,
      (events) => [...events].reverse(),
      (events) => [...events, ...events].sort((a, b) => (a.detail < b.detail ? -1 : 1)),
    ];
    for (const order of orders) {
      const model = await aModel({ cooldown: 'P2D' });
      for (let n = 1; n <= 6; n++) {
        await serve(model, n, n < 6);
        await work(order);
      }
      // Day 2 makes it due; the cooldown is over when a window ends two days after day 2's end.
      expect(await decisionsOn(model)).toEqual([
        '1 not_met',
        '2 requested',
        '3 suppressed',
        '4 requested',
        '5 suppressed',
      ]);
      expect(await requestsOf(model)).toHaveLength(2);
    }
  });

  it('decides on windows in their order though their events come in another', async () => {
    const model = await aModel({ max_per_month: 1 });
    for (let n = 1; n <= 4; n++) await serve(model, n, n < 4);
    await work((events) => [...events].reverse());
    expect(await decisionsOn(model)).toEqual(['1 not_met', '2 requested', '3 suppressed']);
  });

  it('keeps to the budget of the month', async () => {
    const model = await aModel({ max_per_month: 1 });
    for (let n = 1; n <= 5; n++) {
      await serve(model, n, n < 5);
      await work();
    }
    expect(await decisionsOn(model)).toEqual([
      '1 not_met',
      '2 requested',
      '3 suppressed',
      '4 suppressed',
    ]);
  });

  it('requests nothing while a training of the model runs', async () => {
    const model = await aModel();
    const before = platform.training.train;
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    platform.training.train = async (request, signal) => {
      await released;
      return before(request, signal);
    };
    for (let n = 1; n <= 4; n++) await serve(model, n, n < 4);
    await platform.watch();
    await platform.settle();
    expect(await decisionsOn(model)).toEqual(['1 not_met', '2 requested', '3 suppressed']);
    expect((await windowsOf(platform, model)).windows[2]?.inputs.retraining).toMatchObject({
      reason: expect.stringContaining('is in flight'),
    });
    release();
    await work();
    platform.training.train = before;
    expect(await requestsOf(model)).toHaveLength(1);
  });

  it('counts only windows of the present champion', async () => {
    const model = await aModel();
    await trainTiny(platform, model, 'x', context);
    await serve(model, 1, true);
    await serve(model, 2, true);
    // The champion changes before the events of its last windows are handled.
    await moveAlias({ model, alias: 'champion', version: '2', cause: 'request' }, context);
    await serve(model, 3, false);
    await work();
    expect(await decisionsOn(model)).toEqual(['1 not_met', '2 not_met']);
    expect(await requestsOf(model)).toEqual([]);
  });

  it('counts no windows of the model that its endpoint served before', async () => {
    const [former, model] = [await aModel(), await aModel()];
    await serve(former, 1, true);
    await platform.serving('PUT', `/api/2.0/serving-endpoints/${former}/config`, {
      served_entities: [{ name: 'next', entity_name: model, entity_version: '@champion' }],
      monitor: { timestamp_column: 'at', label_lateness: 'PT0S' },
    });
    await platform.settle();
    // A process that answers looks for what it serves every now and then.
    const one = aRequest(rows.slice(0, 1), day(2));
    await expect
      .poll(async () => (await platform.invoke(former, one)).headers)
      .toMatchObject({ 'served-model-name': 'next' });
    await serve(former, 2, true);
    await serve(former, 3, false);
    await work();
    const decided = (await announced('platform'))
      .filter(({ type, data }) => type === 'RetrainingDecided' && data.endpoint === former)
      .map(({ data }) => [data.window, data.model, data.outcome]);
    // Both windows breached, each of another model of version 1: two of three would be due.
    expect(decided.sort()).toEqual([
      ['2001-03-01T00:00:00Z', former, 'not_met'],
      ['2001-03-02T00:00:00Z', model, 'not_met'],
    ]);
  });
});

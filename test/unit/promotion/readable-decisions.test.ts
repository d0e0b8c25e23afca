import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { promotionsOf } from '../../../functions/promotion/get-promotion.ts';
import { handler } from '../../../functions/promotion/promotion.lambda.ts';
import type { Promotion } from '../../../functions/promotion/promotion.ts';
import { moveAlias } from '../../../functions/registry/index.ts';
import { callApi } from '../../support/call-api.ts';
import { aContext } from '../../support/context.ts';
import { aModel, automatic, champion, eventsOf } from '../../support/governed-model.ts';
import { type Loop, startLoop } from '../../support/loop.ts';
import { trainTiny } from '../../support/tiny-model.ts';

const V1 = '/api/slipway/v1';
const MODEL = 'read';

const context = aContext();
const decisionOf = async (model: string, challenger: string) =>
  (await eventsOf(model, 'PromotionDecided')).filter(({ data }) => data.challenger === challenger);

let loop: Loop;
/** The first version becomes champion without a comparison, the second after one; the third loses. */
beforeAll(async () => {
  loop = await startLoop();
  await aModel(MODEL, automatic, context);
  for (const column of ['z', 'x', 'n'] as const) {
    await trainTiny(loop, MODEL, column, context);
    await loop.settle();
  }
});
afterAll(() => loop.stop());

describe('the event of a decision', () => {
  it('says what was compared, how, on which data, and what was found', async () => {
    const { promotions } = await promotionsOf(MODEL, {});
    for (const [challenger, verdict] of [
      ['2', 'promoted'],
      ['3', 'rejected'],
    ] as const) {
      const promotion = promotions.find((one) => one.challenger === challenger);
      const { comparison, data } = promotion!.evidence;
      const events = await decisionOf(MODEL, challenger);
      expect(events.map((event) => event.data)).toEqual([
        {
          model: MODEL,
          challenger,
          champion: challenger === '2' ? '1' : '2',
          verdict,
          promotion_id: promotion!.id,
          metric: 'roc_auc',
          test: 'delong',
          estimate: comparison!.estimate,
          interval: comparison!.interval,
          p_value: comparison!.p_value,
          n: 600,
          data_digest: data!.digest,
          text: promotion!.text,
        },
      ]);
      expect(events[0]?.text).toBe(promotion!.text);
      const [low, high] = comparison!.interval;
      expect(low).toBeLessThan(comparison!.estimate);
      expect(high).toBeGreaterThan(comparison!.estimate);
      expect(comparison!.p_value < 0.05).toBe(verdict === 'promoted');
      expect(data!.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    }
  });

  const nothingCompared = {
    metric: null,
    test: null,
    estimate: null,
    interval: null,
    p_value: null,
    n: null,
    data_digest: null,
  };

  it('names no champion and no comparison where there was none', async () => {
    expect(await decisionOf(MODEL, '1')).toMatchObject([
      { data: { ...nothingCompared, champion: null, verdict: 'promoted' } },
    ]);
  });

  it('says that a version waits where there is nothing to judge it by', async () => {
    const blind = { validation: { mode: 'enabled' }, promotion: { mode: 'auto' } } as const;
    await aModel('blind', blind, context);
    await trainTiny(loop, 'blind', 'z', context);
    await loop.settle();
    await trainTiny(loop, 'blind', 'x', context);
    await loop.settle();
    expect(await champion('blind')).toBe('1');
    expect(await decisionOf('blind', '2')).toMatchObject([
      {
        data: { ...nothingCompared, champion: '1', verdict: 'waiting' },
        text: 'version 2 of blind waits: the policy names no evaluation_data to judge it by',
      },
    ]);
  });

  it('says that nothing changed where somebody had made the version champion before', async () => {
    await aModel('made', automatic, context);
    await trainTiny(loop, 'made', 'z', context);
    await loop.settle();
    const real = loop.tasks.PromotionTasks!;
    loop.tasks.PromotionTasks = async (event, lambda) => {
      const move = { model: 'made', alias: 'champion', version: '2', cause: 'request' } as const;
      if (event.task === 'compare') await moveAlias(move, context);
      return real(event, lambda);
    };
    await trainTiny(loop, 'made', 'x', context);
    await loop.settle();
    loop.tasks.PromotionTasks = real;
    expect(await decisionOf('made', '2')).toMatchObject([
      {
        data: { ...nothingCompared, champion: '2', verdict: 'unchanged' },
        text: 'version 2 of made was the champion already',
      },
    ]);
    const moves = await eventsOf('made', 'ModelAliasMoved');
    expect(moves.filter(({ data }) => data.alias === 'champion')).toHaveLength(2);
  });
});

describe('decisions over HTTP', () => {
  interface Page {
    readonly promotions: readonly Promotion[];
    readonly next_page_token?: string;
  }
  const list = async (query: string) =>
    (await callApi<Page>(handler, 'GET', `${V1}/models/${MODEL}/promotions?${query}`)).body;

  it('are listed newest first, page by page, and read one by one with their evidence', async () => {
    const listed: Promotion[] = [];
    let token: string | undefined = '';
    for (let pages = 0; token !== undefined && pages < 5; pages++) {
      const page: Page = await list(
        `limit=2${token && `&page_token=${encodeURIComponent(token)}`}`,
      );
      expect(page.promotions.length).toBeLessThanOrEqual(2);
      listed.push(...page.promotions);
      token = page.next_page_token;
    }
    expect(token).toBeUndefined();
    expect(listed.map(({ challenger }) => challenger)).toEqual(['3', '2', '1']);
    expect(listed).toEqual((await list('')).promotions);
    for (const promotion of listed) {
      expect(await callApi(handler, 'GET', `${V1}/promotions/${promotion.id}`)).toEqual({
        status: 200,
        body: promotion,
      });
    }
    expect(listed[1]).toMatchObject({
      model: MODEL,
      challenger: '2',
      champion: '1',
      status: 'DECIDED',
      verdict: 'promoted',
      policy: { name: MODEL, revision: 1 },
      reverted: null,
      evidence: {
        kind: 'comparison',
        metric: 'roc_auc',
        rule: 'superior',
        margin: 0,
        alpha: 0.05,
        comparison: {
          test: 'delong',
          n: 600,
          challenger: expect.any(Number),
          champion: expect.any(Number),
          estimate: expect.any(Number),
          interval: [expect.any(Number), expect.any(Number)],
          confidence: 0.9,
          p_value: expect.any(Number),
        },
        data: {
          path: 'run:/evaluation/holdout.parquet',
          digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
          rows: 600,
        },
      },
    });
  });

  it('are reverted once', async () => {
    const { promotions } = await list('');
    const { id } = promotions.find(({ challenger }) => challenger === '2')!;
    const revert = () => callApi<Promotion>(handler, 'POST', `${V1}/promotions/${id}/revert`);
    const reverted = { by: 'local', at: expect.any(String) };
    expect(await revert()).toMatchObject({
      status: 200,
      body: { id, challenger: '2', champion: '1', verdict: 'promoted', reverted },
    });
    expect(await champion(MODEL)).toBe('1');
    expect((await callApi(handler, 'GET', `${V1}/promotions/${id}`)).body).toMatchObject({
      reverted,
    });
    expect(await eventsOf(MODEL, 'PromotionReverted')).toMatchObject([
      { data: { promotion_id: id, from: '2', to: '1' } },
    ]);
    expect(await revert()).toMatchObject({
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message: expect.stringContaining('already') },
    });
  });
});

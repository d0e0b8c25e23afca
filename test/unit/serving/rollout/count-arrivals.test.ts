import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { putLabel } from '../../../../functions/monitoring/inference-log-store.ts';
import {
  type LogRow,
  logPartition,
  requestSortKey,
  shardOf,
} from '../../../../functions/serving/index.ts';
import {
  countArrivals,
  readLabelRound,
  readRequestRound,
  save,
} from '../../../../functions/serving/rollout/count-arrivals.ts';
import type { Rollout } from '../../../../functions/serving/rollout/rollout.ts';
import { getRollout, rolloutPut } from '../../../../functions/serving/rollout/rollout-store.ts';
import { checkStrategy, rolloutSchema } from '../../../../functions/serving/rollout/strategy.ts';
import { trialColumns } from '../../../../functions/serving/rollout/trial-columns.ts';
import { ConditionFailed, writeOne } from '../../../../functions/shared/dynamo/index.ts';
import { idOf, newId } from '../../../../functions/shared/ids.ts';
import { startDynamo, type TestDynamo } from '../../../support/dynamo.ts';
import { aRollout } from './rollout-fixture.ts';

let dynamo: TestDynamo;
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo.stop());

const strategy = checkStrategy(
  z.parse(rolloutSchema, {
    strategy: 'canary',
    percentage: 50,
    analysis: { latency: null, quality: { loss: 'brier' } },
  }),
);

async function started(): Promise<Rollout> {
  const rollout = aRollout({ id: newId(), strategy });
  await writeOne(rolloutPut(rollout));
  return rollout;
}

const DAY = 86_400_000;
const stored = async ({ id }: Rollout) => (await getRollout('e', id)) as Rollout;
const payload = gzipSync('{"request":{},"response":{"predictions":[0.5]},"shadows":[]}');

/** Labels find their request's shard by its id. */
function requestIn(shard: number): string {
  const id = newId();
  return shardOf(id) === shard ? id : requestIn(shard);
}

/** A row as the data path writes it, by a clock or with a delay that make it late. */
async function logRequest({ id }: Rollout, late: number): Promise<LogRow> {
  const shard = late % 4;
  const requestId = requestIn(shard);
  const arm = { rollout: id, role: late % 2 ? 'candidate' : 'champion', share: 50 } as const;
  const row: LogRow = {
    pk: logPartition(id, 'w', shard),
    sk: requestSortKey(requestId),
    type: 'log',
    series: id,
    endpoint: 'e',
    window: 'w',
    databricksRequestId: requestId,
    date: '2026-11-21',
    timestampMs: 1,
    statusCode: 200,
    executionTimeMs: 1,
    samplingFraction: 1,
    rows: 1,
    ...trialColumns({ arm, failed: false }, undefined, shard),
    requestMetadata: {},
    payload,
    arrival: idOf(Date.now() - late, requestId),
  };
  await writeOne({ put: row, table: 'platform' });
  return row;
}

const unlessOther = (error: unknown) => {
  if (!(error instanceof ConditionFailed)) throw error;
};

/** Every look that may be; one that is killed has stored its evidence and taken nothing out. */
const looks = {
  look: async (rollout: Rollout) => void (await countArrivals(await stored(rollout))),
  'two looks side by side': async (rollout: Rollout) => {
    const present = await stored(rollout);
    const both = [countArrivals(present), countArrivals(present)];
    await Promise.all(both.map((one) => one.catch(unlessOther)));
  },
  'killed among requests': async (rollout: Rollout) => {
    const present = await stored(rollout);
    if (present.counted.length === 0) await save(present, await readRequestRound(present));
  },
  'killed among labels': async (rollout: Rollout) => {
    const present = await stored(rollout);
    if (present.counted.length === 0) await save(present, await readLabelRound(present));
  },
};

type Step =
  | { readonly do: 'request'; readonly late: number }
  | { readonly do: 'label' | 'correct'; readonly which: number }
  | { readonly do: keyof typeof looks };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('request' as const), late: fc.nat(DAY) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('label', 'correct'), which: fc.nat(1000) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(...(Object.keys(looks) as (keyof typeof looks)[])),
    }),
  },
);

it('counts every request and label once, in whatever order they come and looks are killed', async () => {
  const steps = fc.array(step, { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const rollout = await started();
      const requests: LogRow[] = [];
      const labelled = new Set<string>();
      for (const one of script) {
        if (one.do === 'request') requests.push(await logRequest(rollout, one.late));
        else if (one.do === 'label' || one.do === 'correct') {
          const request = requests[one.which % Math.max(1, requests.length)];
          if (!request) continue;
          const identity = request.databricksRequestId;
          const time = one.do === 'correct' && labelled.has(identity) ? one.which : 0;
          await putLabel(request, { identity, label: 1, time });
          labelled.add(identity);
        } else await looks[one.do](rollout);
      }
      await looks.look(rollout);
      const { errors, quality } = (await stored(rollout)).evidence;
      expect(errors.candidate.n + errors.champion.n).toBe(requests.length);
      expect(quality.candidate.n + quality.champion.n).toBe(labelled.size);
    }),
    { numRuns: 40 },
  );
});

it('takes what is more than a page to the end, round after round', async () => {
  const rollout = await started();
  await Promise.all(Array.from({ length: 1050 }, () => logRequest(rollout, 0)));
  const { evidence, counted } = await countArrivals(rollout);
  expect(evidence.errors.champion.n).toBe(1050);
  expect(counted).toEqual([]);
});

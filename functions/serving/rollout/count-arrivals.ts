import { addLabels, addRequests, type Evidence } from './evidence.ts';
import type { Rollout } from './rollout.ts';
import { type Arrivals, readLabels, readRequests, takeOut } from './rollout-log-store.ts';
import { saveLook } from './rollout-store.ts';

/** Rounds of one look at each kind; the rest is there at the next. */
const MAX_ROUNDS = 5;

/** What one round read, and the evidence with it. */
interface Round {
  readonly arrivals: Arrivals<unknown>;
  readonly evidence: Evidence;
}

/**
 * Counts every request and label that no look has counted, each exactly once however late it comes and
 * wherever a look is killed. A round stores the evidence together with the keys of what is in it, and
 * only then takes those rows out of the index: what a killed look left there, the next one takes out
 * first. Throws ConditionFailed when looks go on side by side.
 */
export async function countArrivals(rollout: Rollout): Promise<Rollout> {
  let present = await countAll(rollout, readRequestRound);
  if (rollout.strategy.analysis.quality) present = await countAll(present, readLabelRound);
  return present;
}

export async function readRequestRound({ id, ...rollout }: Rollout): Promise<Round> {
  const arrivals = await readRequests(id);
  const evidence = addRequests(rollout.evidence, arrivals.seen, rollout.strategy, rollout);
  return { arrivals, evidence };
}

export async function readLabelRound({ id, evidence, strategy }: Rollout): Promise<Round> {
  const { quality } = strategy.analysis;
  if (!quality) throw new Error(`Rollout ${id} does not look at labels`);
  const arrivals = await readLabels(id, quality);
  return { arrivals, evidence: addLabels(evidence, arrivals.seen, strategy) };
}

async function countAll(
  first: Rollout,
  read: (rollout: Rollout) => Promise<Round>,
): Promise<Rollout> {
  let rollout = await settle(first);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { arrivals, evidence } = await read(rollout);
    if (arrivals.rows.length > 0) {
      rollout = await settle(await save(rollout, { arrivals, evidence }));
    }
    if (!arrivals.more) break;
  }
  return rollout;
}

/** Stores a round: its rows are counted from here on. Throws ConditionFailed. */
export const save = (rollout: Rollout, { arrivals, evidence }: Round): Promise<Rollout> =>
  store(rollout, { evidence, counted: arrivals.rows });

/** Takes what is counted out of the index, so that no later look finds it. */
async function settle(rollout: Rollout): Promise<Rollout> {
  const { counted, evidence } = rollout;
  if (counted.length === 0) return rollout;
  await takeOut(counted);
  return store(rollout, { evidence, counted: [] });
}

async function store(
  rollout: Rollout,
  { evidence, counted }: Pick<Rollout, 'evidence' | 'counted'>,
): Promise<Rollout> {
  await saveLook(rollout, evidence, counted);
  return { ...rollout, evidence, counted, looks: rollout.looks + 1 };
}

import { conditionHeld, getItem, key, writeOne } from '../../shared/dynamo/index.ts';
import { requiredEnv } from '../../shared/env.ts';

/** A webhook's lane: one at a time works through its deliveries, so that a slow receiver holds up itself. */
export interface Lane {
  /** How often somebody asked for the lane to be worked through. */
  readonly wakes: number;
  /** Deliveries, and attempts, that failed since the last success. */
  readonly failed_deliveries: number;
  readonly failed_attempts: number;
}

type LaneRow = Partial<Lane> & { readonly owner?: string; readonly until?: number };

const tableName = () => requiredEnv('REGISTRY_TABLE');

export const laneKey = (webhookId: string) => ({ pk: key('WEBHOOK', webhookId), sk: 'LANE' });

async function readLane(webhookId: string): Promise<LaneRow> {
  return (await getItem<LaneRow>(tableName(), laneKey(webhookId))) ?? {};
}

const toLane = (row: LaneRow): Lane => ({
  wakes: row.wakes ?? 0,
  failed_deliveries: row.failed_deliveries ?? 0,
  failed_attempts: row.failed_attempts ?? 0,
});

/** How often a lane is asked for that is free whenever one looks and taken whenever one reaches for it. */
const MAX_ROUNDS = 20;

/**
 * Takes the lane for a while, or leaves word for whoever has it that there is more to do: undefined
 * then. One of the two always happens, so no delivery stays behind. An owner that comes again died in it.
 */
export async function enterLane(
  webhookId: string,
  owner: string,
  now: number,
  leaseMs: number,
): Promise<Lane | undefined> {
  const table = tableName();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const taken = await conditionHeld(
      writeOne({
        table,
        key: laneKey(webhookId),
        update: 'SET #owner = :owner, #until = :until ADD wakes :one',
        condition: 'attribute_not_exists(#owner) OR #until < :now OR #owner = :owner',
        names: { '#owner': 'owner', '#until': 'until' },
        values: { ':owner': owner, ':until': now + leaseMs, ':one': 1, ':now': now },
      }),
    );
    if (taken) return toLane(await readLane(webhookId));
    if (await tellLane(webhookId, now)) return undefined;
  }
  throw new Error(`The lane of webhook ${webhookId} could neither be had nor told`);
}

/** Leaves word for whoever works on the lane that there is more to do; false when nobody does. */
export async function tellLane(webhookId: string, now: number): Promise<boolean> {
  return conditionHeld(
    writeOne({
      table: tableName(),
      key: laneKey(webhookId),
      update: 'ADD wakes :one',
      condition: 'attribute_exists(#owner) AND #until >= :now',
      names: { '#owner': 'owner', '#until': 'until' },
      values: { ':one': 1, ':now': now },
    }),
  );
}

/**
 * Gives the lane back. With `wakes` only if nobody asked for it since that count: false then, and the
 * lane is still one's own. False also when somebody else has it after the lease ran out.
 */
export async function leaveLane(
  webhookId: string,
  owner: string,
  lane: Lane,
  options: { readonly evenIfAsked: boolean },
): Promise<boolean> {
  return conditionHeld(
    writeOne({
      table: tableName(),
      key: laneKey(webhookId),
      update:
        'SET failed_deliveries = :deliveries, failed_attempts = :attempts REMOVE #owner, #until',
      condition: `#owner = :owner${options.evenIfAsked ? '' : ' AND wakes = :wakes'}`,
      names: { '#owner': 'owner', '#until': 'until' },
      values: {
        ':owner': owner,
        ':deliveries': lane.failed_deliveries,
        ':attempts': lane.failed_attempts,
        ...(!options.evenIfAsked && { ':wakes': lane.wakes }),
      },
    }),
  );
}

/** The present count of wakes while the lane is still `owner`'s; undefined when it is not. */
export async function wakesOf(webhookId: string, owner: string): Promise<number | undefined> {
  const row = await readLane(webhookId);
  return row.owner === owner ? (row.wakes ?? 0) : undefined;
}

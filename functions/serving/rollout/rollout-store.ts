import { gunzipSync, gzipSync } from 'node:zlib';
import type { OperationContext } from '../../shared/context.ts';
import {
  ConditionFailed,
  getItem,
  type Key,
  key,
  queryPage,
  transactWrite,
  type Write,
  writeOne,
} from '../../shared/dynamo/index.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { endpointKey, platformTableName } from '../endpoints/endpoint-store.ts';
import type { Evidence } from './evidence.ts';
import type { ActiveRollout, Rollout } from './rollout.ts';

const rolloutKey = (endpoint: string, id: string) => ({
  pk: key('ENDPOINT', endpoint),
  sk: key('ROLLOUT', id),
});

/** Evidence is numbers without end: as one text it is small and read whole. */
interface RolloutRow extends Omit<Rollout, 'evidence' | 'looks' | 'counted'> {
  readonly evidence: string;
  readonly looks?: number;
  /** Compressed: partitions repeat, and of a sort key's 28 characters about 16 bytes are left. */
  readonly counted?: Uint8Array;
}

const unpackKeys = (bytes: Uint8Array) => JSON.parse(gunzipSync(bytes).toString('utf8')) as Key[];
const packKeys = (keys: readonly Key[]) => gzipSync(JSON.stringify(keys));

const toRollout = (row: RolloutRow): Rollout => ({
  ...row,
  evidence: JSON.parse(row.evidence) as Evidence,
  looks: row.looks ?? 0,
  counted: row.counted ? unpackKeys(row.counted) : [],
});

export async function getRollout(endpoint: string, id: string): Promise<Rollout | undefined> {
  const row = await getItem<RolloutRow>(platformTableName(), rolloutKey(endpoint, id));
  return row && toRollout(row);
}

/** Rollouts of the endpoint, newest first, after a page's end. */
export async function listRolloutPage(
  endpoint: Pick<Endpoint, 'name' | 'id'>,
  options: { readonly limit: number; readonly before?: string },
): Promise<{ rollouts: Rollout[]; more: boolean }> {
  const pk = key('ENDPOINT', endpoint.name);
  const page = await queryPage<RolloutRow>({
    table: platformTableName(),
    condition: 'pk = :pk AND sk BETWEEN :first AND :last',
    values: { ':pk': pk, ':first': 'ROLLOUT#', ':last': `ROLLOUT#${options.before ?? '~'}` },
    descending: true,
    limit: options.limit + 1,
  });
  const found = page.items.filter(({ id }) => id !== options.before).map(toRollout);
  const rollouts = found.filter(({ endpointId }) => endpointId === endpoint.id);
  return { rollouts: rollouts.slice(0, options.limit), more: page.nextKey !== undefined };
}

export const rolloutPut = (rollout: Rollout): Write => ({
  put: {
    ...rolloutKey(rollout.endpoint, rollout.id),
    type: 'rollout',
    ...rollout,
    evidence: JSON.stringify(rollout.evidence),
    counted: packKeys(rollout.counted),
  },
  table: platformTableName(),
});

export type RolloutChanges = Partial<
  Pick<Rollout, 'status' | 'step' | 'share' | 'endedAt' | 'reason' | 'evidence' | 'aliasToRestore'>
>;

/** Sets some of a rollout's fields, the evidence as the text that it is stored as. */
export function rolloutUpdate(
  endpoint: string,
  id: string,
  changes: RolloutChanges,
): Extract<Write, { readonly update: string }> {
  const { evidence, ...rest } = changes;
  const fields = Object.entries({
    ...rest,
    ...(evidence && { evidence: JSON.stringify(evidence) }),
  });
  return {
    update: `SET ${fields.map(([name]) => `#${name} = :${name}`).join(', ')}`,
    key: rolloutKey(endpoint, id),
    table: platformTableName(),
    names: Object.fromEntries(fields.map(([name]) => [`#${name}`, name])),
    values: Object.fromEntries(fields.map(([name, value]) => [`:${name}`, value])),
  };
}

/**
 * Moves the alias back by the writes given, none if it names another version already, and notes that it
 * was done, both at once: no repetition ever moves an alias that came back since. Throws ConditionFailed
 * when it was done meanwhile, or when the alias was moved.
 */
export async function saveAliasRestored(
  { endpoint, id, aliasToRestore }: Rollout,
  moves: readonly Write[],
): Promise<void> {
  const update = rolloutUpdate(endpoint, id, { aliasToRestore: null });
  const values = { ...update.values, ':alias': aliasToRestore };
  const condition = '#aliasToRestore = :alias';
  await transactWrite([{ ...update, condition, values }, ...moves]);
}

/**
 * Stores what a look found, and the rows that it counted. Throws ConditionFailed when another look
 * came first: what was counted here may be in its evidence already.
 */
export async function saveLook(
  rollout: Rollout,
  evidence: Evidence,
  counted: readonly Key[],
): Promise<void> {
  const update = rolloutUpdate(rollout.endpoint, rollout.id, { evidence });
  await writeOne({
    ...update,
    update: `${update.update}, looks = :next, counted = :counted`,
    condition: 'attribute_not_exists(looks) OR looks = :looks',
    values: {
      ...update.values,
      ':looks': rollout.looks,
      ':next': rollout.looks + 1,
      ':counted': packKeys(counted),
    },
  });
}

/** The rollout waits for a person's answer, and says why; one that is over stays as it is. */
export async function saveWaiting(
  { endpoint, id }: Rollout,
  reason: string,
  event: Write,
): Promise<void> {
  const update = rolloutUpdate(endpoint, id, { status: 'WAITING_FOR_APPROVAL', reason });
  const values = { ...update.values, ':running': 'RUNNING' };
  try {
    await transactWrite([{ ...update, condition: '#status = :running', values }, event]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/**
 * Changes endpoint and rollout together, and tells of it. Throws ConditionFailed when the endpoint
 * was changed meanwhile.
 */
export async function saveChange(
  endpoint: Endpoint,
  change: {
    readonly endpoint: Pick<Endpoint, 'rollouts' | 'entities' | 'updatedAt'>;
    readonly rollout: RolloutChanges & { readonly id: string };
    readonly announcement: Write;
  },
): Promise<void> {
  const { id, ...fields } = change.rollout;
  await transactWrite([
    endpointWrite(endpoint, change.endpoint),
    rolloutUpdate(endpoint.name, id, fields),
    change.announcement,
  ]);
}

/** Writes a rollout that begins. Throws ConditionFailed when the endpoint was changed meanwhile. */
export async function saveStart(
  endpoint: Endpoint,
  active: ActiveRollout,
  writes: readonly Write[],
  context: OperationContext,
): Promise<void> {
  await transactWrite([
    endpointWrite(endpoint, {
      rollouts: [...(endpoint.rollouts ?? []), active],
      updatedAt: context.clock(),
    }),
    ...writes,
  ]);
}

const endpointWrite = (endpoint: Endpoint, change: Partial<Endpoint>): Write => ({
  put: {
    ...endpointKey(endpoint.name),
    type: 'endpoint',
    kind: 'endpoint',
    ...endpoint,
    ...change,
    revision: endpoint.revision + 1,
  },
  table: platformTableName(),
  condition: 'revision = :revision',
  values: { ':revision': endpoint.revision },
});

/** What every event of a rollout tells. */
export type About = ReturnType<typeof aboutRollout>;

export const aboutRollout = (
  endpoint: string,
  { id, entity, model, from, to }: Pick<ActiveRollout, 'id' | 'entity' | 'model' | 'from' | 'to'>,
) => ({ endpoint, rollout_id: id, entity, model, from, to });

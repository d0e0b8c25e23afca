import { outbox } from '../events/outbox.ts';
import type { OperationContext } from '../shared/context.ts';
import { ConditionFailed, transactWrite, type Write } from '../shared/dynamo/index.ts';
import { checkAlias } from './alias.ts';
import { ModelAliasMoved } from './events.ts';
import { aliasKey, findAlias, getModel, registryTableName } from './model-store.ts';
import { aliasAttribute, versionNumber } from './model-version.ts';
import { retryChanged } from './retry-changed.ts';
import { getVersion, versionKey } from './version-store.ts';

export interface AliasMove {
  readonly model: string;
  readonly alias: string;
  /** Null removes the alias. */
  readonly version: number | null;
  /** The version it names now, null for none: the move is refused when that changed. */
  readonly current: number | null;
  readonly cause: string;
}

/**
 * The writes of a move with its event, for a transaction of the caller. They fail with
 * `ConditionFailed` when the alias no longer names `current` or the version does not exist.
 * Nothing is written when the alias is where it should be. They write the version's rows: no other
 * write of the transaction may, and with the cause `deletion` they leave the row to whoever deletes it.
 */
export function aliasMoveWrites(move: AliasMove, context: OperationContext): Write[] {
  const { model, alias, version, current, cause } = move;
  if (version === current) return [];
  const table = registryTableName();
  const key = aliasKey(model, alias);
  const expected =
    current === null
      ? { condition: 'attribute_not_exists(pk)' }
      : { condition: 'version = :current', values: { ':current': current } };
  const event = outbox(
    table,
    ModelAliasMoved,
    {
      model,
      alias,
      version: version === null ? null : String(version),
      previous_version: current === null ? null : String(current),
      cause,
    },
    context,
  );
  return [
    version === null
      ? { table, delete: key, ...expected }
      : { table, put: { ...key, alias, version }, ...expected },
    ...(version === null ? [] : [markWrite(model, version, alias, 'SET')]),
    ...(current === null || cause === 'deletion'
      ? []
      : [markWrite(model, current, alias, 'REMOVE')]),
    event,
  ];
}

/** Writes to the version's row that the alias names it, or does no longer. */
const markWrite = (
  model: string,
  version: number,
  alias: string,
  action: 'SET' | 'REMOVE',
): Write => ({
  table: registryTableName(),
  key: versionKey(model, version),
  update: `${action === 'SET' ? 'SET #alias = :true' : 'REMOVE #alias'} ADD changes :one`,
  names: { '#alias': aliasAttribute(alias) },
  values: { ':one': 1, ...(action === 'SET' && { ':true': true }) },
  condition: 'attribute_exists(pk)',
});

/**
 * Moves an alias to a version. With `expectedCurrent` (null: the alias must not exist) it answers
 * `changed` instead of moving when the alias names something else.
 */
export async function moveAlias(
  input: {
    readonly model: string;
    readonly alias: string;
    readonly version: string;
    readonly expectedCurrent?: string | null;
    readonly cause: string;
  },
  context: OperationContext,
): Promise<'moved' | 'unmoved' | 'changed'> {
  checkAlias(input.alias);
  const { model, alias, cause } = input;
  const version = versionNumber(input.version);
  return retryChanged(async () => {
    const current = (await findAlias(model, alias))?.version ?? null;
    const { expectedCurrent: expected } = input;
    if (expected !== undefined && (current === null ? null : String(current)) !== expected) {
      return 'changed';
    }
    if (current === version) return 'unmoved';
    try {
      await transactWrite(aliasMoveWrites({ model, alias, version, current, cause }, context));
      return 'moved';
    } catch (error) {
      if (error instanceof ConditionFailed) await getVersion(model, version);
      throw error;
    }
  });
}

/** Removes an alias; a missing one is no error, a missing model is. */
export async function deleteAlias(
  input: { readonly name: string; readonly alias: string },
  context: OperationContext,
): Promise<void> {
  const { name: model, alias } = input;
  return retryChanged(async () => {
    await getModel(model);
    const current = (await findAlias(model, alias))?.version;
    if (current === undefined) return;
    await transactWrite(
      aliasMoveWrites({ model, alias, version: null, current, cause: 'request' }, context),
    );
  });
}

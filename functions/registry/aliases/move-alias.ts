import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import {
  ConditionFailed,
  retryChanged,
  transactWrite,
  type Write,
} from '../../shared/dynamo/index.ts';
import { aliasKey, findAlias, getModel, registryTableName } from '../models/model-store.ts';
import { checkModelName } from '../models/registered-model.ts';
import { ModelAliasMoved } from '../shared-events.ts';
import { aliasLeaves, aliasNames, copiesOf } from '../versions/change-version.ts';
import { versionNumber } from '../versions/model-version.ts';
import { findVersion, getVersion, versionExists } from '../versions/version-store.ts';
import { checkAlias, checkAliasName } from './alias.ts';

export interface AliasMove {
  readonly model: string;
  readonly alias: string;
  /** Null removes the alias. */
  readonly version: number | null;
  /** The version it names now, null for none: the move is refused when that changed. */
  readonly current: number | null;
  readonly cause: string;
  /** The caller's transaction deletes the version that the alias leaves: its row is not written here. */
  readonly deleted?: true;
}

/**
 * The writes of a move with its event, for a transaction of the caller. They fail with
 * `ConditionFailed` when the alias no longer names `current` or the version does not exist.
 * Nothing is written when the alias is where it should be. They write the rows of both versions and of
 * their other aliases: no other write of the transaction may.
 */
export async function aliasMoveWrites(
  move: AliasMove,
  context: OperationContext,
): Promise<Write[]> {
  const { model, alias, version, current, cause, deleted } = move;
  if (version === current) return [];
  const [named, former] = await versionsOf(move);
  // What is not there fails the transaction.
  if (version !== null && !named) return [versionExists(model, version)];
  const names = named && aliasNames(named, alias);
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
  const leaving = (): Write[] => {
    if (former) return aliasLeaves(former, alias);
    return current === null || deleted ? [] : [versionExists(model, current)];
  };
  return [
    names ? { table, put: names.row, ...expected } : { table, delete: key, ...expected },
    ...(names?.marks ?? []),
    ...leaving(),
    event,
  ];
}

/** The version that an alias shall name, and the one that it leaves as far as the move writes that. */
function versionsOf({ model, version, current, deleted }: AliasMove) {
  return retryChanged(async () => {
    const [named, former] = await Promise.all([
      version === null ? undefined : findVersion(model, version),
      current === null || deleted ? undefined : findVersion(model, current),
    ]);
    // An alias in both rows moved between the reads: DynamoDB takes no two writes of its row.
    const others = former ? copiesOf(former) : [];
    if (named && copiesOf(named).some((other) => others.includes(other))) {
      throw new ConditionFailed(0, undefined);
    }
    return [named, former] as const;
  });
}

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
  const { model, alias, cause } = input;
  checkModelName(model);
  checkAlias(alias);
  const version = versionNumber(input.version);
  return retryChanged(async () => {
    const current = (await findAlias(model, alias))?.version ?? null;
    const { expectedCurrent: expected } = input;
    if (expected !== undefined && (current === null ? null : String(current)) !== expected) {
      return 'changed';
    }
    if (current === version) return 'unmoved';
    try {
      await transactWrite(
        await aliasMoveWrites({ model, alias, version, current, cause }, context),
      );
      return 'moved';
    } catch (error) {
      if (error instanceof ConditionFailed) {
        await getVersion(model, version);
        await getModel(model);
      }
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
  checkModelName(model);
  checkAliasName(alias);
  return retryChanged(async () => {
    await getModel(model);
    const current = (await findAlias(model, alias))?.version;
    if (current === undefined) return;
    await transactWrite(
      await aliasMoveWrites({ model, alias, version: null, current, cause: 'request' }, context),
    );
  });
}

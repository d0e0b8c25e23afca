import {
  ConditionFailed,
  retryChanged,
  transactWrite,
  type Write,
} from '../../shared/dynamo/index.ts';
import { aliasKey, getModel, registryTableName } from '../models/model-store.ts';
import { aliasAttribute, type ModelVersion } from './model-version.ts';
import { freshness, getVersion, versionKey } from './version-store.ts';

/**
 * Value of an alias' attribute in the version's row when the alias' row keeps a copy of the version, so
 * that asking by alias reads one row. `true`: it only names the version.
 */
const COPIED = 'copied';

/** Aliases of one version that keep a copy: each is written with the version, 100 in one transaction. */
const MAX_COPIES = 20;

/** A change of a version's row, without the count of its changes. */
interface VersionChange {
  /** Assignments: `description = :description`. */
  readonly set?: string;
  /** Paths, with commas between them. */
  readonly remove?: string;
  /** When (epoch milliseconds) and by whom the version counts as updated from now on. */
  readonly updated?: { readonly at: number; readonly by: string };
  /** Searches do not show what changes: the version stays settled if it is. */
  readonly unseen?: true;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
  /** What else has to hold of the version's row. */
  readonly condition?: string;
  /** Values that only the condition names. */
  readonly conditionValues?: Readonly<Record<string, unknown>>;
}

/** Aliases whose rows keep a copy of the version. */
export const copiesOf = (version: ModelVersion): string[] =>
  Object.entries(version)
    .filter(([attribute, value]) => attribute.startsWith(aliasAttribute('')) && value === COPIED)
    .map(([attribute]) => attribute.slice(aliasAttribute('').length));

/** Condition that the same aliases name the version as when it was read. */
export const sameAliases = ({ alias_moves: moves }: ModelVersion) =>
  moves === undefined
    ? { condition: 'attribute_exists(pk) AND attribute_not_exists(alias_moves)', values: {} }
    : { condition: 'alias_moves = :moves', values: { ':moves': moves } };

/**
 * The writes of a change: the version's row and the copies that its aliases keep. They fail with
 * `ConditionFailed` when an alias has moved since the version was read.
 */
export function versionChangeWrites(version: ModelVersion, change: VersionChange): Write[] {
  const { names, updated, unseen, condition, conditionValues } = change;
  const { name, version: number } = version;
  const last_updated_timestamp = updated?.at ?? version.last_updated_timestamp;
  const sets = [change.set, updated && 'last_updated_timestamp = :at, updated_by = :by'];
  const fresh = unseen ? [] : ['listed = :listed', 'recency = :recency'];
  const table = registryTableName();
  const same = sameAliases(version);
  const values = {
    ...change.values,
    ':one': 1,
    ...(updated && { ':at': updated.at, ':by': updated.by }),
  };
  const write = { table, ...(names && { names }), values };
  return [
    {
      ...write,
      key: versionKey(name, number),
      update: expressionOf([...sets, ...fresh], change.remove),
      values: {
        ...values,
        ...(!unseen && freshnessValues({ name, version: number, last_updated_timestamp })),
        ...same.values,
        ...conditionValues,
      },
      condition: condition ? `${same.condition} AND ${condition}` : same.condition,
    },
    ...copiesOf(version).map((alias) => ({
      ...write,
      key: aliasKey(name, alias),
      update: expressionOf(sets, change.remove),
      condition: 'attribute_exists(pk)',
    })),
  ];
}

function expressionOf(sets: readonly (string | false | undefined)[], remove: string | undefined) {
  const set = sets.filter(Boolean).join(', ');
  return [set && `SET ${set}`, remove && `REMOVE ${remove}`, 'ADD changes :one']
    .filter(Boolean)
    .join(' ');
}

function freshnessValues(version: Parameters<typeof freshness>[0]) {
  const { listed, recency } = freshness(version);
  return { ':listed': listed, ':recency': recency };
}

/** Reads a version and changes it, again while others are faster; ends a rename that it meets. */
export function changeVersion(
  name: string,
  number: number,
  writes: (version: ModelVersion) => readonly Write[],
): Promise<void> {
  return retryChanged(async () => {
    const version = await getVersion(name, number);
    try {
      await transactWrite(writes(version));
    } catch (error) {
      // A rename moves versions before aliases: then the copies are still under the former name.
      if (error instanceof ConditionFailed) await getModel(name);
      throw error;
    }
  });
}

/** The row of an alias that names a version from now on, and the mark in the version's row. */
export function aliasNames(found: ModelVersion, alias: string): { row: object; marks: Write[] } {
  const version = without(found, alias);
  const { name, version: number, changes } = version;
  const key = aliasKey(name, alias);
  const copied = copiesOf(version).length < MAX_COPIES;
  const mark = aliasAttribute(alias);
  const marks = versionChangeWrites(version, {
    ...markChange(alias),
    set: '#alias = :mark, alias_moves = :next',
    values: { ':mark': copied ? COPIED : true, ':next': nextMove(version) },
    // The copy is of what was read.
    ...(changes === undefined
      ? { condition: 'attribute_not_exists(changes)' }
      : { condition: 'changes = :changes', conditionValues: { ':changes': changes } }),
  });
  const {
    listed: _listed,
    recency: _recency,
    settled: _settled,
    ...shown
  } = version as ModelVersion & Record<'listed' | 'recency' | 'settled', unknown>;
  const next = { [mark]: COPIED, alias_moves: nextMove(version), changes: (changes ?? 0) + 1 };
  const row = copied ? { ...shown, ...next, ...key, alias } : { ...key, alias, version: number };
  return { row, marks };
}

/** Removes the mark of an alias from a version's row and from the copies of its other aliases. */
export function aliasLeaves(version: ModelVersion, alias: string): Write[] {
  return versionChangeWrites(without(version, alias), {
    ...markChange(alias),
    set: 'alias_moves = :next',
    remove: '#alias',
    values: { ':next': nextMove(version) },
  });
}

/** The version without an alias' mark: whoever moves the alias writes its row. */
function without(version: ModelVersion, alias: string): ModelVersion {
  const { [aliasAttribute(alias)]: _, ...others } = version as ModelVersion &
    Record<string, unknown>;
  return others as unknown as ModelVersion;
}

const nextMove = ({ alias_moves }: ModelVersion) => (alias_moves ?? 0) + 1;

const markChange = (alias: string) => ({
  unseen: true as const,
  names: { '#alias': aliasAttribute(alias) },
});

import { outbox } from '../events/outbox.ts';
import type { OperationContext } from '../shared/context.ts';
import { ConditionFailed, type Key, transactWrite, type Write } from '../shared/dynamo/index.ts';
import { ModelTagDeleted, ModelTagSet } from './events.ts';
import { getModel, modelKey, registryTableName, SETTLED } from './model-store.ts';
import { versionNumber } from './model-version.ts';
import { checkTag } from './registered-model.ts';
import { getVersion, versionKey } from './version-store.ts';

/** Events carry the beginning of a value: values may have 100,000 characters. */
const EVENT_VALUE_LENGTH = 1000;

interface TagOwner {
  readonly name: string;
  /** Absent: a tag of the model itself. */
  readonly version?: string;
}

const keyOf = (owner: TagOwner): Key =>
  owner.version === undefined
    ? modelKey(owner.name)
    : versionKey(owner.name, versionNumber(owner.version));

const eventOwner = (owner: TagOwner) => ({
  model: owner.name,
  version: owner.version === undefined ? null : String(versionNumber(owner.version)),
});

/** Says why an owner cannot be written; returns when it can. */
async function checkOwner({ name, version }: TagOwner): Promise<void> {
  if (version === undefined) await getModel(name);
  else await getVersion(name, versionNumber(version));
}

/** Changes of a version are counted, so that one that moves meanwhile is not taken for unchanged. */
const counted = (owner: TagOwner) =>
  owner.version === undefined
    ? { condition: SETTLED, count: '', one: {} }
    : { condition: 'attribute_exists(pk)', count: ' ADD changes :one', one: { ':one': 1 } };

/** The writes that set a tag, for a transaction of the caller. */
export function tagSetWrites(
  owner: TagOwner,
  key: string,
  value: string,
  context: OperationContext,
): Write[] {
  const table = registryTableName();
  const shown = value.slice(0, EVENT_VALUE_LENGTH);
  const { condition, count, one } = counted(owner);
  return [
    {
      table,
      key: keyOf(owner),
      update: `SET tags.#key = :value${count}`,
      names: { '#key': key },
      values: { ':value': value, ...one },
      condition,
    },
    outbox(table, ModelTagSet, { ...eventOwner(owner), key, value: shown }, context),
  ];
}

/** Sets a tag of a model or of one of its versions. */
export async function setTag(
  input: TagOwner & { readonly key: string; readonly value?: string },
  context: OperationContext,
): Promise<void> {
  const { key, value = '' } = input;
  checkTag(key, value);
  try {
    await transactWrite(tagSetWrites(input, key, value, context));
  } catch (error) {
    if (error instanceof ConditionFailed) await checkOwner(input);
    throw error;
  }
}

/** Deletes a tag; a tag that is not there is no error. */
export async function deleteTag(
  input: TagOwner & { readonly key: string },
  context: OperationContext,
): Promise<void> {
  const { key } = input;
  const table = registryTableName();
  const { condition, count, one } = counted(input);
  try {
    await transactWrite([
      {
        table,
        key: keyOf(input),
        update: `REMOVE tags.#key${count}`,
        names: { '#key': key },
        ...(count !== '' && { values: one }),
        condition: `${condition} AND attribute_exists(tags.#key)`,
      },
      outbox(table, ModelTagDeleted, { ...eventOwner(input), key }, context),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    await checkOwner(input);
  }
}

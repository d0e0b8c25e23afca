import { outbox } from '../events/outbox.ts';
import { checkName } from '../mlflow/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { retryChanged, transactWrite, type Write } from '../shared/dynamo/index.ts';
import { getModel, modelKey, registryTableName, SETTLED } from './models/model-store.ts';
import { checkModelName, checkTag, checkVersionTag } from './models/registered-model.ts';
import { ModelTagDeleted, ModelTagSet } from './shared-events.ts';
import { changeVersion, versionChangeWrites } from './versions/change-version.ts';
import { type ModelVersion, versionNumber } from './versions/model-version.ts';

/** Events carry the beginning of a value: values may have 100,000 characters. */
export const EVENT_VALUE_LENGTH = 1000;

interface TagOwner {
  readonly name: string;
  /** Absent: a tag of the model itself. */
  readonly version?: string;
}

const eventOwner = (owner: TagOwner) => ({
  model: owner.name,
  version: owner.version === undefined ? null : String(versionNumber(owner.version)),
});

const setChange = (key: string, value: string) => ({
  set: 'tags.#key = :value',
  names: { '#key': key },
  values: { ':value': value },
});

type Tags = Readonly<Record<string, string>>;

const tagOf = (tags: Tags, key: string) => (Object.hasOwn(tags, key) ? tags[key] : undefined);

/** That a tag still has the value that it was read with: its event says what was there before. */
const unchanged = (tags: Tags, key: string) => {
  const previous = tagOf(tags, key);
  return previous === undefined
    ? { condition: 'attribute_not_exists(tags.#key)', values: {} }
    : { condition: 'tags.#key = :previous', values: { ':previous': previous } };
};

const shownOf = (value: string | undefined) => value?.slice(0, EVENT_VALUE_LENGTH) ?? null;

function setEvent(
  owner: TagOwner,
  tags: Tags,
  { key, value }: { readonly key: string; readonly value: string },
  context: OperationContext,
): Write {
  const values = {
    value: value.slice(0, EVENT_VALUE_LENGTH),
    previous_value: shownOf(tagOf(tags, key)),
  };
  const data = { ...eventOwner(owner), key, ...values };
  return outbox(registryTableName(), ModelTagSet, data, context);
}

/**
 * The writes that set a tag of a version as it was read, for a transaction of the caller. They fail with
 * `ConditionFailed` when the version is gone, or the tag or an alias of it has changed since: read it
 * anew then.
 */
export function tagSetWrites(
  version: ModelVersion,
  key: string,
  value: string,
  context: OperationContext,
): Write[] {
  const owner = { name: version.name, version: String(version.version) };
  const { condition, values } = unchanged(version.tags, key);
  return [
    ...versionChangeWrites(version, {
      ...setChange(key, value),
      condition,
      conditionValues: values,
    }),
    setEvent(owner, version.tags, { key, value }, context),
  ];
}

/** Sets a tag of a model or of one of its versions. */
export async function setTag(
  input: TagOwner & { readonly key: string; readonly value?: string },
  context: OperationContext,
): Promise<void> {
  const { name, key, value = '' } = input;
  checkModelName(name);
  if (input.version !== undefined) {
    const number = versionNumber(input.version);
    checkVersionTag(key, value);
    return changeVersion(name, number, (version) => tagSetWrites(version, key, value, context));
  }
  checkTag(key, value);
  await retryChanged(async () => {
    const { tags } = await getModel(name);
    const same = unchanged(tags, key);
    const { set, names, values } = setChange(key, value);
    await transactWrite([
      {
        table: registryTableName(),
        key: modelKey(name),
        update: `SET ${set}`,
        names,
        values: { ...values, ...same.values },
        condition: `${SETTLED} AND ${same.condition}`,
      },
      setEvent({ name }, tags, { key, value }, context),
    ]);
  });
}

/** Deletes a tag; a tag that is not there is no error. */
export async function deleteTag(
  input: TagOwner & { readonly key: string },
  context: OperationContext,
): Promise<void> {
  const { name, key } = input;
  checkModelName(name);
  const number = input.version === undefined ? undefined : versionNumber(input.version);
  checkName(key, 'key');
  const table = registryTableName();
  const change = { remove: 'tags.#key', names: { '#key': key } };
  const event = (tags: Tags) => {
    const data = { ...eventOwner(input), key, previous_value: shownOf(tagOf(tags, key)) };
    return outbox(table, ModelTagDeleted, data, context);
  };
  if (number !== undefined) {
    return changeVersion(name, number, (version) => {
      if (!Object.hasOwn(version.tags, key)) return [];
      const { condition, values } = unchanged(version.tags, key);
      const removal = { ...change, condition, conditionValues: values };
      return [...versionChangeWrites(version, removal), event(version.tags)];
    });
  }
  await retryChanged(async () => {
    const { tags } = await getModel(name);
    if (!Object.hasOwn(tags, key)) return;
    const { condition, values } = unchanged(tags, key);
    await transactWrite([
      {
        table,
        key: modelKey(name),
        update: `REMOVE ${change.remove}`,
        names: change.names,
        values,
        condition: `${SETTLED} AND ${condition}`,
      },
      event(tags),
    ]);
  });
}

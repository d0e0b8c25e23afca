import { outbox } from '../events/outbox.ts';
import { checkName } from '../mlflow/index.ts';
import type { OperationContext } from '../shared/context.ts';
import { ConditionFailed, transactWrite, type Write } from '../shared/dynamo/index.ts';
import { ModelTagDeleted, ModelTagSet } from './events.ts';
import { getModel, modelKey, registryTableName, SETTLED } from './models/model-store.ts';
import { checkTag } from './models/registered-model.ts';
import { changeVersion, versionChangeWrites } from './versions/change-version.ts';
import { type ModelVersion, versionNumber } from './versions/model-version.ts';

/** Events carry the beginning of a value: values may have 100,000 characters. */
const EVENT_VALUE_LENGTH = 1000;

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

function setEvent(owner: TagOwner, key: string, value: string, context: OperationContext): Write {
  const shown = value.slice(0, EVENT_VALUE_LENGTH);
  return outbox(
    registryTableName(),
    ModelTagSet,
    { ...eventOwner(owner), key, value: shown },
    context,
  );
}

/**
 * The writes that set a tag of a version as it was read, for a transaction of the caller. They fail with
 * `ConditionFailed` when the version is gone or an alias of it has moved since: read it anew then.
 */
export function tagSetWrites(
  version: ModelVersion,
  key: string,
  value: string,
  context: OperationContext,
): Write[] {
  const owner = { name: version.name, version: String(version.version) };
  return [
    ...versionChangeWrites(version, setChange(key, value)),
    setEvent(owner, key, value, context),
  ];
}

/** Sets a tag of a model or of one of its versions. */
export async function setTag(
  input: TagOwner & { readonly key: string; readonly value?: string },
  context: OperationContext,
): Promise<void> {
  const { name, key, value = '' } = input;
  checkTag(key, value);
  if (input.version !== undefined) {
    return changeVersion(name, versionNumber(input.version), (version) =>
      tagSetWrites(version, key, value, context),
    );
  }
  const { set, ...change } = setChange(key, value);
  try {
    await transactWrite([
      {
        table: registryTableName(),
        key: modelKey(name),
        update: `SET ${set}`,
        ...change,
        condition: SETTLED,
      },
      setEvent({ name }, key, value, context),
    ]);
  } catch (error) {
    if (error instanceof ConditionFailed) await getModel(name);
    throw error;
  }
}

/** Deletes a tag; a tag that is not there is no error. */
export async function deleteTag(
  input: TagOwner & { readonly key: string },
  context: OperationContext,
): Promise<void> {
  const { name, key } = input;
  checkName(key, 'key');
  const table = registryTableName();
  const change = { remove: 'tags.#key', names: { '#key': key } };
  const event = () => outbox(table, ModelTagDeleted, { ...eventOwner(input), key }, context);
  const present = 'attribute_exists(tags.#key)';
  if (input.version !== undefined) {
    return changeVersion(name, versionNumber(input.version), (version) =>
      Object.hasOwn(version.tags, key)
        ? [...versionChangeWrites(version, { ...change, condition: present }), event()]
        : [],
    );
  }
  try {
    await transactWrite([
      {
        table,
        key: modelKey(name),
        update: `REMOVE ${change.remove}`,
        names: change.names,
        condition: `${SETTLED} AND ${present}`,
      },
      event(),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    await getModel(name);
  }
}

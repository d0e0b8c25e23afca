import { chunksOf } from '../shared/chunks.ts';
import { ConditionFailed } from '../shared/dynamo/index.ts';
import { invalid, notFound } from '../shared/errors.ts';
import { type LoggedModel, modelMissing } from './logged-model.ts';
import { type Pair, storedParams, storedTags } from './model-pairs.ts';
import { changeModel, findModel } from './model-store.ts';

/** Pairs of one request: an expression has at most 4 KB, clients send 100. */
const MAX_PAIRS = 100;

/** Sets tags; those that are there get the new value. */
export async function setLoggedModelTags(input: {
  readonly model_id: string;
  readonly tags: readonly Pair[];
}): Promise<undefined> {
  const { model_id } = input;
  const tags = await entriesFor(model_id, () => storedTags(input.tags));
  for (const some of chunksOf(tags, MAX_PAIRS)) {
    await changeModel(model_id, pairsUpdate('tags', some));
  }
  return undefined;
}

export async function deleteLoggedModelTag(input: {
  readonly model_id: string;
  readonly tag_key: string;
}): Promise<undefined> {
  const { model_id, tag_key } = input;
  try {
    await changeModel(model_id, {
      update: 'REMOVE tags.#key',
      names: { '#key': tag_key },
      condition: 'attribute_exists(tags.#key)',
    });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw notFound(`No tag with key '${tag_key}' found for model with ID '${model_id}'.`);
  }
  return undefined;
}

/** Adds params. One that is there stays as it is; another value for it is refused. */
export async function logLoggedModelParams(input: {
  readonly model_id: string;
  readonly params: readonly Pair[];
}): Promise<undefined> {
  const { model_id } = input;
  const params = await entriesFor(model_id, () => storedParams(input.params));
  for (const some of chunksOf(params, MAX_PAIRS)) await addParams(model_id, some);
  return undefined;
}

type Entry = readonly [key: string, value: string];

/** What is to be written, also to a deleted model. That there is none is told before what is wrong with a pair. */
async function entriesFor(modelId: string, read: () => Record<string, string>): Promise<Entry[]> {
  const missing = async () => !(await findModel(modelId));
  let entries: Entry[];
  try {
    entries = Object.entries(read());
  } catch (error) {
    throw (await missing()) ? modelMissing(modelId) : error;
  }
  if (entries.length === 0 && (await missing())) throw modelMissing(modelId);
  return entries;
}

async function addParams(modelId: string, params: readonly Entry[]): Promise<void> {
  let missing = params;
  while (missing.length > 0) {
    const condition = missing.map((_, i) => `attribute_not_exists(params.#${i})`).join(' AND ');
    try {
      return await changeModel(modelId, { ...pairsUpdate('params', missing), condition });
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      missing = newParams(error.item as unknown as LoggedModel, params);
    }
  }
}

function newParams({ model_id, params: present }: LoggedModel, params: readonly Entry[]): Entry[] {
  for (const [key, value] of params) {
    if (!Object.hasOwn(present, key) || present[key] === value) continue;
    throw invalid(
      `Changing param values is not allowed. Param with key='${key}' was already logged with ` +
        `value='${present[key]}' for model ID='${model_id}'. Attempted logging new value '${value}'.`,
    );
  }
  return params.filter(([key]) => !Object.hasOwn(present, key));
}

const pairsUpdate = (map: 'tags' | 'params', pairs: readonly Entry[]) => ({
  update: `SET ${pairs.map((_, i) => `${map}.#${i} = :${i}`).join(', ')}`,
  names: Object.fromEntries(pairs.map(([key], i) => [`#${i}`, key])),
  values: Object.fromEntries(pairs.map(([, value], i) => [`:${i}`, value])),
});

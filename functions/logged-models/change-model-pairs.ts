import { chunksOf } from '../shared/chunks.ts';
import { ConditionFailed } from '../shared/dynamo/index.ts';
import { invalid, notFound } from '../shared/errors.ts';
import { type LoggedModel, modelMissing } from './logged-model.ts';
import { type Pair, storedParams, storedTags } from './model-pairs.ts';
import { changeModel, findModel, loadModel } from './model-store.ts';

/** Pairs of one request: an expression has at most 4 KB, clients send 100. */
const MAX_PAIRS = 100;

/** Sets tags; those that are there get the new value. */
export async function setLoggedModelTags(input: {
  readonly model_id: string;
  readonly tags: readonly Pair[];
}): Promise<undefined> {
  const { model_id } = input;
  const tags = Object.entries(storedTags(input.tags));
  // Tags may be set on a deleted model, too.
  if (tags.length === 0 && !(await findModel(model_id))) throw modelMissing(model_id);
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
  const params = Object.entries(storedParams(input.params));
  if (params.length === 0) await loadModel(model_id);
  for (const some of chunksOf(params, MAX_PAIRS)) await addParams(model_id, some);
  return undefined;
}

type Entry = readonly [key: string, value: string];

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

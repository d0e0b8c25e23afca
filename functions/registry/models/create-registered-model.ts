import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { ConditionFailed, transactWrite } from '../../shared/dynamo/index.ts';
import { newHexId } from '../../shared/ids.ts';
import { RegisteredModelCreated } from '../events.ts';
import { nameTaken } from '../prompt.ts';
import { idPuts, modelPut, registryTableName } from './model-store.ts';
import {
  checkNewModelName,
  checkTag,
  type RegisteredModel,
  type Tag,
  tagMap,
} from './registered-model.ts';

interface CreateRegisteredModelInput {
  readonly name: string;
  readonly tags?: readonly Tag[];
  readonly description?: string;
  readonly deployment_job_id?: string;
}

/** Registers a model's name. Throws RESOURCE_ALREADY_EXISTS when it is taken. */
export async function createRegisteredModel(
  input: CreateRegisteredModelInput,
  context: OperationContext,
): Promise<RegisteredModel> {
  checkNewModelName(input.name);
  for (const { key, value } of input.tags ?? []) checkTag(key, value ?? '');
  const now = context.clock();
  const model: RegisteredModel = {
    id: newHexId(),
    name: input.name,
    creation_timestamp: now,
    last_updated_timestamp: now,
    user_id: context.actor.user,
    ...(input.description && { description: input.description }),
    ...(input.deployment_job_id && { deployment_job_id: input.deployment_job_id }),
    tags: tagMap(input.tags),
    last_version: 0,
    latest: {},
    rev: 0,
  };
  const event = outbox(registryTableName(), RegisteredModelCreated, { model: model.name }, context);
  try {
    await transactWrite([modelPut(model), ...idPuts(model), event]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const existing = (error.item ?? {}) as Partial<RegisteredModel>;
    throw nameTaken(input.name, { tags: existing.tags ?? {} }, model);
  }
  return model;
}

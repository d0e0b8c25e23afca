import { outbox } from '../../events/outbox.ts';
import { loadModel, registrationWrite } from '../../logged-models/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { retryChanged, transactWrite } from '../../shared/dynamo/index.ts';
import { loadRun } from '../../tracking/index.ts';
import { ModelVersionRegistered } from '../events.ts';
import { getModel, modelAdvance, registryTableName } from '../models/model-store.ts';
import { checkVersionTag, type Tag, tagMap } from '../models/registered-model.ts';
import { PROMPT_TAG } from '../prompt.ts';
import { checkLocalSource, checkPromptSource, checkRemoteSource, isLocal } from './check-source.ts';
import type { ModelVersion } from './model-version.ts';
import { type ModelSource, originOf, resolveSource } from './resolve-source.ts';
import { versionPuts } from './version-store.ts';

interface CreateModelVersionInput {
  readonly name: string;
  readonly source: string;
  readonly run_id?: string;
  readonly tags?: readonly Tag[];
  readonly run_link?: string;
  readonly description?: string;
  readonly model_id?: string;
}

/**
 * Adds the next version of a model; numbers have no gaps and are never used twice. A logged model that becomes a
 * version notes it in the same transaction. Throws RESOURCE_DOES_NOT_EXIST without the model, and
 * INVALID_PARAMETER_VALUE for a source that it may not have.
 */
export async function createModelVersion(
  input: CreateModelVersionInput,
  context: OperationContext,
): Promise<ModelVersion> {
  await checkSource(input);
  for (const { key, value } of input.tags ?? []) checkVersionTag(key, value ?? '');
  const source = await resolveSource(input.source);
  return retryChanged(async () => {
    const model = await getModel(input.name);
    const logged = input.model_id ? await loadModel(input.model_id) : undefined;
    const run_id = input.run_id || source.run_id || (logged && originOf(logged).run_id);
    const number = model.last_version + 1;
    const version = newVersion({ ...input, run_id }, number, source, context);
    await transactWrite([
      modelAdvance(model, {
        last_version: number,
        latest: { ...model.latest, None: number },
        last_updated_timestamp: version.creation_timestamp,
        updated_by: context.actor.user,
      }),
      ...versionPuts(version),
      ...(logged ? [registrationWrite(logged, { name: input.name, version: number })] : []),
      announcement(version, context),
    ]);
    return version;
  });
}

function newVersion(
  input: Omit<CreateModelVersionInput, 'run_id'> & { readonly run_id: string | undefined },
  version: number,
  origin: ModelSource,
  { clock, actor }: OperationContext,
): ModelVersion {
  const now = clock();
  return {
    name: input.name,
    version,
    creation_timestamp: now,
    last_updated_timestamp: now,
    user_id: actor.user,
    current_stage: 'None',
    ...(input.description && { description: input.description }),
    source: input.source,
    ...(origin.location && { storage_location: origin.location }),
    ...(origin.model && { source_model: origin.model }),
    ...(input.run_id && { run_id: input.run_id }),
    ...(input.run_link && { run_link: input.run_link }),
    ...(input.model_id && { model_id: input.model_id }),
    status: 'READY',
    tags: tagMap(input.tags),
  };
}

const announcement = ({ name, version, run_id, source }: ModelVersion, context: OperationContext) =>
  outbox(
    registryTableName(),
    ModelVersionRegistered,
    { model: name, version: String(version), run_id: run_id || null, source },
    context,
  );

async function checkSource({ source, tags = [], model_id, run_id }: CreateModelVersionInput) {
  // MLflow looks for the tag only, whatever its value.
  if (tags.some(({ key }) => key === PROMPT_TAG)) return checkPromptSource(source);
  if (!isLocal(source)) return checkRemoteSource(source);
  if (model_id) {
    return checkLocalSource(source, (await loadModel(model_id)).artifact_uri, 'model_id');
  }
  checkLocalSource(source, run_id ? (await loadRun(run_id)).artifact_uri : undefined, 'run_id');
}

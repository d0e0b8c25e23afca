import { outbox } from '../../events/outbox.ts';
import { loadModel, registrationWrite } from '../../logged-models/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { retryChanged, transactWrite } from '../../shared/dynamo/index.ts';
import { findRun } from '../../tracking/index.ts';
import { ModelVersionRegistered } from '../events.ts';
import { getModel, modelAdvance, registryTableName } from '../models/model-store.ts';
import { checkVersionTag, type Tag, tagMap } from '../models/registered-model.ts';
import { isPrompt } from '../prompt.ts';
import { checkSource, isLocal, isRelative } from './check-source.ts';
import type { ModelVersion } from './model-version.ts';
import { originOf, resolveSource } from './resolve-source.ts';
import { versionPuts } from './version-store.ts';

export interface CreateModelVersionInput {
  readonly name: string;
  readonly source: string;
  readonly run_id?: string;
  readonly tags?: readonly Tag[];
  readonly run_link?: string;
  readonly description?: string;
  readonly model_id?: string;
}

/**
 * Adds the next version of a model; numbers have no gaps and are never used twice. A logged model that
 * becomes a version is told so in the same transaction.
 */
export async function createModelVersion(
  input: CreateModelVersionInput,
  context: OperationContext,
): Promise<ModelVersion> {
  // A prompt has no files: what it gives as its source may be any text that names none.
  if (!isPrompt({ tags: tagMap(input.tags) }) || !isRelative(input.source)) {
    checkSource(input.source, isLocal(input.source) ? await artifactFolder(input) : undefined);
  }
  for (const { key, value } of input.tags ?? []) checkVersionTag(key, value ?? '');
  const source = await resolveSource(input.source);
  return retryChanged(async () => {
    const model = await getModel(input.name);
    const logged = input.model_id ? await loadModel(input.model_id) : undefined;
    const run_id = input.run_id || source.run_id || (logged && originOf(logged).run_id);
    const now = context.clock();
    const number = model.last_version + 1;
    const version: ModelVersion = {
      name: input.name,
      version: number,
      creation_timestamp: now,
      last_updated_timestamp: now,
      user_id: context.actor.user,
      current_stage: 'None',
      ...(input.description && { description: input.description }),
      source: input.source,
      ...(source.location && { storage_location: source.location }),
      ...(run_id && { run_id }),
      ...(input.run_link && { run_link: input.run_link }),
      ...(input.model_id && { model_id: input.model_id }),
      status: 'READY',
      tags: tagMap(input.tags),
    };
    const event = outbox(
      registryTableName(),
      ModelVersionRegistered,
      {
        model: input.name,
        version: String(number),
        run_id: run_id || null,
        source: input.source,
      },
      context,
    );
    const latest = { ...model.latest, None: number };
    await transactWrite([
      modelAdvance(model, { last_version: number, latest, last_updated_timestamp: now }),
      ...versionPuts(version),
      ...(logged ? [registrationWrite(logged, { name: input.name, version: number })] : []),
      event,
    ]);
    return version;
  });
}

/** Where the run or the logged model that the version is of keeps its files. */
async function artifactFolder({ model_id, run_id }: CreateModelVersionInput) {
  if (model_id) return (await loadModel(model_id)).artifact_uri;
  return run_id ? (await findRun(run_id))?.artifact_uri : undefined;
}

import { outbox } from '../events/outbox.ts';
import type { OperationContext } from '../shared/context.ts';
import { ConditionFailed, transactWrite } from '../shared/dynamo/index.ts';
import { conflict, DomainError, invalid, notFound } from '../shared/errors.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { PipelineDefined, PipelineDeleted } from './events.ts';
import { type Pipeline, pipelineSchema } from './pipeline.ts';
import {
  getLock,
  getPipeline,
  pipelineDelete,
  pipelinePut,
  platformTableName,
} from './pipeline-store.ts';
import { triggerWrites } from './triggers/trigger-store.ts';

export async function existingPipeline(name: string): Promise<Pipeline> {
  const pipeline = await getPipeline(name);
  if (!pipeline) throw notFound(`Pipeline '${name}' does not exist`);
  return pipeline;
}

/**
 * Creates or replaces a definition; executions under way keep the one they were requested with. Its
 * schedule follows by the event that is written with it.
 */
export async function putPipeline(name: string, body: unknown, context: OperationContext) {
  if (!/^[A-Za-z0-9_.-]{1,128}$/.test(name)) {
    throw invalid(
      'A pipeline is named by letters, digits, dots, dashes and underscores, at most 128',
    );
  }
  const document = parseValue(body, pipelineSchema);
  const before = await getPipeline(name);
  const now = context.clock();
  const pipeline: Pipeline = {
    name,
    document,
    revision: (before?.revision ?? 0) + 1,
    createdAt: before?.createdAt ?? now,
    updatedAt: now,
    updatedBy: context.actor.user,
  };
  try {
    await transactWrite([
      pipelinePut(pipeline),
      ...triggerWrites(before, pipeline),
      outbox(platformTableName(), PipelineDefined, definitionOf(pipeline), context),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw conflict(`Pipeline '${name}' was changed at the same moment; try again`);
  }
  return describePipeline(pipeline);
}

export async function getPipelineDescription(name: string) {
  return describePipeline(await existingPipeline(name));
}

/** Refused while an execution runs or waits; executions that ended stay. */
export async function deletePipeline(name: string, context: OperationContext): Promise<object> {
  const pipeline = await existingPipeline(name);
  const lock = await getLock(name);
  if (lock) {
    throw new DomainError(
      'RESOURCE_CONFLICT',
      `Pipeline '${name}' runs execution ${lock.execution}; stop it first`,
    );
  }
  try {
    await transactWrite([
      ...pipelineDelete(pipeline),
      ...triggerWrites(pipeline, undefined),
      outbox(platformTableName(), PipelineDeleted, { pipeline: name }, context),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw conflict(`Pipeline '${name}' was changed or started at the same moment; try again`);
  }
  return {};
}

const definitionOf = ({ name, revision, document }: Pipeline) => ({
  pipeline: name,
  model: document.model,
  revision,
  schedule: document.schedule ?? null,
  time_zone: document.schedule === undefined ? null : (document.time_zone ?? 'UTC'),
  triggers: document.triggers?.length ?? 0,
});

const describePipeline = (pipeline: Pipeline) => ({
  name: pipeline.name,
  revision: pipeline.revision,
  created_at: new Date(pipeline.createdAt).toISOString(),
  updated_at: new Date(pipeline.updatedAt).toISOString(),
  updated_by: pipeline.updatedBy,
  ...pipeline.document,
});

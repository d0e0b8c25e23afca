import { outbox } from '../events/outbox.ts';
import type { OperationContext } from '../shared/context.ts';
import { ConditionFailed, transactWrite } from '../shared/dynamo/index.ts';
import { conflict, invalid } from '../shared/errors.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { PipelineDefined } from './events.ts';
import { describePipeline, type Pipeline, pipelineSchema } from './pipeline.ts';
import { getPipeline, pipelinePut, platformTableName } from './pipeline-store.ts';
import { requireEditor } from './require-editor.ts';
import { triggerWrites } from './triggers/trigger-store.ts';

/**
 * Creates or replaces a definition; executions under way keep the one they were requested with. Its
 * schedule follows by the event that is written with it. Throws PERMISSION_DENIED as `requireEditor`.
 */
export async function putPipeline(name: string, body: unknown, context: OperationContext) {
  if (!/^[A-Za-z0-9_.-]{1,128}$/.test(name)) {
    throw invalid(
      'A pipeline is named by letters, digits, dots, dashes and underscores, at most 128',
    );
  }
  const document = parseValue(body, pipelineSchema);
  const before = await getPipeline(name);
  for (const one of [before?.document, document]) if (one) await requireEditor(one, context);
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

const definitionOf = ({ name, revision, document }: Pipeline) => ({
  pipeline: name,
  model: document.model,
  revision,
  schedule: document.schedule ?? null,
  time_zone: document.schedule === undefined ? null : (document.time_zone ?? 'UTC'),
  triggers: document.triggers?.length ?? 0,
});

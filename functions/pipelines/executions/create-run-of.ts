import type { OperationContext } from '../../shared/context.ts';
import { DomainError } from '../../shared/errors.ts';
import { createExperiment, createRun, experimentIdByName, type Run } from '../../tracking/index.ts';
import type { Execution } from './execution.ts';
import { EXECUTION_TAG } from './execution-tag.ts';

/** A tracked run in the experiment that bears the pipeline's name. */
export async function createRunOf(
  { id, pipeline }: Execution,
  tags: Readonly<Record<string, string>>,
  context: OperationContext,
): Promise<Run> {
  const all = { 'slipway.pipeline': pipeline, [EXECUTION_TAG]: id, ...tags };
  return createRun(
    {
      experiment_id: await experimentOf(pipeline, context),
      tags: Object.entries(all).map(([key, value]) => ({ key, value })),
    },
    context,
  );
}

async function experimentOf(name: string, context: OperationContext): Promise<string> {
  const known = await experimentIdByName(name);
  if (known !== undefined) return known;
  try {
    return (await createExperiment({ name }, context)).experiment_id;
  } catch (error) {
    if (!(error instanceof DomainError && error.code === 'RESOURCE_ALREADY_EXISTS')) throw error;
    return experimentOf(name, context);
  }
}

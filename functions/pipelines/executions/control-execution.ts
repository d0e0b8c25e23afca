import * as z from 'zod/mini';
import type { OperationContext } from '../../shared/context.ts';
import { DomainError, invalid, notFound } from '../../shared/errors.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { existingPipeline } from '../define-pipeline.ts';
import { withParameters } from '../pipeline.ts';
import { getExecution, listExecutionPage } from '../pipeline-store.ts';
import { describeExecution, type Execution } from './execution.ts';
import { costOfExecution } from './execution-cost.ts';
import { requestInTurn } from './request-in-turn.ts';
import { listSteps } from './step-store.ts';
import { stopExecutionNow } from './stop-execution.ts';

const startSchema = z.strictObject({
  parameters: z._default(z.record(z.string(), z.unknown()), {}),
  reason: z._default(z.string().check(z.minLength(1), z.maxLength(1000)), 'requested'),
});

const MAX_PAGE = 100;

/** Requests an execution; what it will run with is fixed now. */
export async function startExecution(name: string, body: unknown, context: OperationContext) {
  const { parameters, reason } = parseValue(body, startSchema);
  const pipeline = await existingPipeline(name);
  const document = withParameters(pipeline.document, parameters);
  return describeExecution(
    await requestInTurn(pipeline, { parameters, reason, document }, context),
  );
}

async function existingExecution(id: string): Promise<Execution> {
  const execution = await getExecution(id);
  if (!execution) throw notFound(`Execution '${id}' does not exist`);
  return execution;
}

export async function getExecutionDescription(id: string) {
  const execution = await existingExecution(id);
  const steps = await listSteps(id);
  return { ...describeExecution(execution, steps), cost: costOfExecution(execution, steps) };
}

/** Newest first; `after` is the id of the last execution of the page before. */
export async function listExecutions(name: string, query: Readonly<Record<string, string>>) {
  await existingPipeline(name);
  const limit = Number(query.limit ?? MAX_PAGE);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw invalid(`limit must be a whole number from 1 to ${MAX_PAGE}`);
  }
  const { executions, more } = await listExecutionPage(name, limit, query.after);
  const last = executions.at(-1);
  return {
    executions: executions.map((execution) => describeExecution(execution)),
    ...(more && last && { next: last.id }),
  };
}

/** Stops an execution that runs or waits; one that has ended is refused. */
export async function stopExecution(id: string, context: OperationContext) {
  const execution = await existingExecution(id);
  if (execution.status !== 'RUNNING' && execution.status !== 'QUEUED') {
    throw new DomainError('RESOURCE_CONFLICT', `Execution ${id} is ${execution.status} already`);
  }
  return describeExecution(await stopExecutionNow(execution, context));
}

/**
 * Requests the same once more, with the definition and the parameters of then; what its jobs did
 * well is not done again.
 */
export async function retryExecution(id: string, context: OperationContext) {
  const former = await existingExecution(id);
  if (former.status === 'RUNNING' || former.status === 'QUEUED') {
    throw new DomainError('RESOURCE_CONFLICT', `Execution ${id} is ${former.status} still`);
  }
  const pipeline = await existingPipeline(former.pipeline);
  const { parameters } = former;
  // It may be of a time when a field had no default yet.
  const document = withParameters(former.document, {});
  const request = { parameters, document, reason: `retry of ${id}`, retryOf: id };
  return describeExecution(await requestInTurn(pipeline, request, context));
}

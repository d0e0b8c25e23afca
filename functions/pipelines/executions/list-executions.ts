import { invalid } from '../../shared/errors.ts';
import { existingPipeline } from '../get-pipeline.ts';
import { listExecutionPage } from '../pipeline-store.ts';
import { describeExecution } from './execution.ts';

const MAX_PAGE = 100;

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

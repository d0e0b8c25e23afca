import * as z from 'zod/mini';
import { expireApproval } from '../approvals/index.ts';
import { errorCause } from '../events/error-cause.ts';
import type { FailedExecution } from '../events/failed-executions.ts';
import type { OperationContext } from '../shared/context.ts';
import { requiredEnv } from '../shared/env.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { settleBatch } from './batch/end-batch.ts';
import { own } from './deployment/deployment-tasks.ts';
import { recordPreparation } from './preparation/record-preparation.ts';
import { abortRollout } from './rollout/end-rollout.ts';

const rollout = z.object({ endpoint: z.string(), rollout_id: z.string() });
const endpoint = { endpoint: z.string(), endpoint_id: z.string() };
const preparation = z.object({ ...endpoint, model: z.string(), version: z.string() });
const deployment = z.object({ ...endpoint, own: z.nullable(own) });
const batch = z.object({ batch_id: z.string() });

/** Ends what an execution was about that was stopped, or died before it could say so. */
export async function settleExecution(
  execution: FailedExecution,
  context: OperationContext,
): Promise<void> {
  const { machine, name, input, error, cause } = execution;
  const problem = errorCause(error, cause);
  const failed = { problem, environment: '', log: problem };
  switch (machine) {
    case requiredEnv('STATE_MACHINE_ROLLOUT'): {
      const about = parseValue(input, rollout);
      // Nobody looks after the candidate any more, and nothing waits for an answer.
      await expireApproval(about.rollout_id, context);
      await abortRollout({ ...about, reason: `its execution ended: ${problem}` }, context);
      return;
    }
    case requiredEnv('STATE_MACHINE_PREPARE'): {
      const about = parseValue(input, preparation);
      await recordPreparation({ preparation: name, ...about, ...failed }, context);
      return;
    }
    case requiredEnv('STATE_MACHINE_DEPLOY'): {
      // Without a version of its own nobody waits for it: the next change of the endpoint does its work.
      const { own, ...about } = parseValue(input, deployment);
      if (own) await recordPreparation({ ...about, ...own, ...failed }, context);
      return;
    }
    default:
      await settleBatch(parseValue(input, batch).batch_id, name, { error, cause }, context);
  }
}

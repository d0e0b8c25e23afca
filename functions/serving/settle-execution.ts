import * as z from 'zod/mini';
import { expireApproval } from '../approvals/index.ts';
import { errorCause } from '../events/error-cause.ts';
import type { FailedExecution } from '../events/failed-executions.ts';
import type { OperationContext } from '../shared/context.ts';
import { requiredEnv } from '../shared/env.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { settleBatch } from './batch/end-batch.ts';
import { about as deploymentOf, own, tellOfFailure } from './deployment/deployment-tasks.ts';
import { recordPreparation } from './preparation/record-preparation.ts';
import { abortRollout } from './rollout/end-rollout.ts';

const rollout = z.object({ endpoint: z.string(), rollout_id: z.string() });
const endpoint = { endpoint: z.string(), endpoint_id: z.string() };
const preparation = z.object({ ...endpoint, model: z.string(), version: z.string() });
const deployment = z.object({ ...deploymentOf, own: z.nullable(own) });
/** The error of an execution of `deploy` that told of its failure itself. */
const TOLD = 'NotFollowed';
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
      const { own, ...about } = parseValue(input, deployment);
      if (own) await recordPreparation({ ...about, ...own, ...failed }, context);
      // No version waits for it, and the next change of the endpoint repeats its work; but people are notified.
      else if (error !== TOLD) await tellOfFailure({ ...about, problem }, `${name}-ended`, context);
      return;
    }
    default:
      await settleBatch(parseValue(input, batch).batch_id, name, { error, cause }, context);
  }
}

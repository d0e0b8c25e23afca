import { endProgramToken } from '../../auth/index.ts';
import { mapInChunks } from '../../shared/chunks.ts';
import { trialOf, trialSteps } from '../tuning/trial.ts';
import { tokenPurpose } from './training-job.ts';

const TOKENS_AT_ONCE = 20;

/**
 * Programs of an execution that has ended are let in no more, also where its machine had no say in the
 * end: they may still run.
 */
export async function endTokens(executionId: string): Promise<void> {
  await endProgramToken(tokenPurpose(executionId));
  await mapInChunks(await trialSteps(executionId), TOKENS_AT_ONCE, (step) =>
    endProgramToken(tokenPurpose(executionId, trialOf(step))),
  );
}

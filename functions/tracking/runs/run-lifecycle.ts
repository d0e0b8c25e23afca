import type { OperationContext } from '../../shared/context.ts';
import { deleteAssessmentsOfRuns } from '../../traces/index.ts';
import { setRunStage } from './run-store.ts';

/**
 * Deleted and restored runs keep everything that was logged, but not the assessments that came from them;
 * doing it twice is no error.
 */
export async function setRunLifecycle(
  run_id: string,
  stage: 'active' | 'deleted',
  { clock }: OperationContext,
): Promise<undefined> {
  await setRunStage(run_id, stage, clock());
  if (stage === 'deleted') await deleteAssessmentsOfRuns([run_id]);
  return undefined;
}

import { mapInChunks } from '../../shared/chunks.ts';
import { assessingRuns, linkedTraces } from '../links/link-store.ts';
import { changeTrace } from '../trace-store.ts';
import { sourceRunOf } from './assessment.ts';

/** Traces that are changed at the same time. */
const CONCURRENCY = 10;

/**
 * Takes the assessments away that came from runs which are deleted. As in MLflow, a run that is restored
 * does not bring them back, and what they overrode stays overridden.
 */
export async function deleteAssessmentsOfRuns(runIds: readonly string[]): Promise<void> {
  const runs = new Set(await assessingRuns(runIds));
  const links = [...runs].map((id) => linkedTraces({ kind: 'ASSESSING_RUN', id }));
  const traces = new Set((await Promise.all(links)).flatMap((ids) => [...ids]));
  await mapInChunks([...traces], CONCURRENCY, (id) =>
    changeTrace(
      id,
      (before) =>
        before && {
          ...before,
          trace: {
            ...before.trace,
            assessments: before.trace.assessments.filter(
              (one) => !runs.has(sourceRunOf(one) ?? ''),
            ),
          },
        },
    ),
  );
}

import type { MapState } from '../asl/definition.ts';
import { StateError } from '../asl/state-error.ts';
import { type Child, createChildren, resumeChildren, runChildren } from './children.ts';
import { selectItems } from './map-items.ts';
import type { StateResult } from './simple-states.ts';
import { checkSize, evaluateNumber, record, type Thread } from './thread.ts';

/** Iterations at once when MaxConcurrency is 0: what AWS gives an inline Map. */
const DEFAULT_CONCURRENCY = 40;

/** Runs the processor once per item or batch, within the failures that the state tolerates. */
export async function runMap(
  thread: Thread,
  state: MapState,
  signal: AbortSignal,
): Promise<StateResult> {
  const { frame } = thread;
  const distributed = state.ItemProcessor.ProcessorConfig?.Mode === 'DISTRIBUTED';
  const concurrency = await evaluateNumber(thread, state.MaxConcurrency ?? 0, 'MaxConcurrency');
  const tolerance = await toleranceOf(thread, state);
  const block = () => state.ItemProcessor;
  let frames = resumeChildren(thread);
  if (!frames) {
    const children: readonly Child[] = await selectItems(thread, state, signal);
    record(thread, 'MapStateStarted', { mapStateStartedEventDetails: { length: children.length } });
    if (distributed) {
      const mapRunArn = `${thread.run.context.Execution.Id}/${frame.visit.sequence}`;
      record(thread, 'MapRunStarted', { mapRunStartedEventDetails: { mapRunArn } });
    }
    frames = createChildren(thread, children, block);
  }
  const iteration = (type: string, member: string) => (child: Thread, index: number) =>
    record(child, type, { [member]: { name: frame.state, index } });
  try {
    const result = await runChildren(
      thread,
      frames,
      {
        block,
        // An iteration of a distributed Map is an execution of its own: it sees no variables.
        outer: distributed ? {} : { ...thread.outer, ...frame.variables },
        quiet: distributed,
        concurrency: concurrency || DEFAULT_CONCURRENCY,
        tolerates: (failed, total) => tolerance?.(failed, total) ?? false,
        started: iteration('MapIterationStarted', 'mapIterationStartedEventDetails'),
        succeeded: iteration('MapIterationSucceeded', 'mapIterationSucceededEventDetails'),
        failed: iteration('MapIterationFailed', 'mapIterationFailedEventDetails'),
      },
      signal,
    );
    checkSize(result, `The result of state '${frame.state}'`);
    if (distributed) record(thread, 'MapRunSucceeded');
    record(thread, 'MapStateSucceeded');
    return { result };
  } catch (error) {
    if (signal.aborted) throw error;
    if (distributed) {
      const failure = error instanceof StateError ? error : undefined;
      record(thread, 'MapRunFailed', {
        mapRunFailedEventDetails: { error: failure?.error, cause: failure?.cause },
      });
    }
    record(thread, 'MapStateFailed');
    if (!distributed || !(error instanceof StateError)) throw error;
    throw new StateError(
      'States.ExceedToleratedFailureThreshold',
      `More items of state '${frame.state}' failed than it tolerates; the last: ${error.message}`,
    );
  }
}

/** Both limits count: the Map fails when either is passed. */
async function toleranceOf(
  thread: Thread,
  state: MapState,
): Promise<((failed: number, total: number) => boolean) | undefined> {
  const count = await evaluateNumber(thread, state.ToleratedFailureCount, 'ToleratedFailureCount');
  const percentage = await evaluateNumber(
    thread,
    state.ToleratedFailurePercentage,
    'ToleratedFailurePercentage',
  );
  if (count === undefined && percentage === undefined) return undefined;
  return (failed, total) =>
    failed <= (count ?? Infinity) && (failed / total) * 100 <= (percentage ?? Infinity);
}

import type { MlflowOperation } from '../mlflow/index.ts';
import { guardedBy, requireLevelOn, requireLevelOnRun } from '../tracking/index.ts';
import type { StartTraceInput } from './start-trace.ts';
import { findTrace } from './trace-store.ts';

/** What it takes on the experiment of a trace; reading is for everybody with a token. */
const NEEDS = {
  startTrace: 'CAN_EDIT',
  startTraceV2: 'CAN_EDIT',
  endTraceV2: 'CAN_EDIT',
  deleteTraces: 'CAN_EDIT',
  setTraceTag: 'CAN_EDIT',
  setTraceTagV2: 'CAN_EDIT',
  deleteTraceTag: 'CAN_EDIT',
  deleteTraceTagV2: 'CAN_EDIT',
  linkTracesToRun: 'CAN_EDIT',
  linkPromptsToTrace: 'CAN_EDIT',
  createAssessment: 'CAN_EDIT',
  updateAssessment: 'CAN_EDIT',
  deleteAssessment: 'CAN_EDIT',
} as const;

interface NamesTrace extends Partial<StartTraceInput> {
  readonly experiment_id?: string;
  readonly run_id?: string;
  readonly trace_id?: string;
  readonly request_id?: string;
}

/** The same operations, each refused to callers with less than the level that it needs. */
export const guarded = <T extends Readonly<Record<string, MlflowOperation>>>(operations: T): T =>
  guardedBy(operations, NEEDS, async (input: NamesTrace, level, context) => {
    if (input.run_id !== undefined) return requireLevelOnRun(input.run_id, level, context);
    const named =
      input.experiment_id ??
      input.trace?.trace_info?.trace_location?.mlflow_experiment?.experiment_id;
    // A trace that is there is guarded, too, by the experiment that it is in: beginning it anew changes it.
    const traceId = input.trace_id ?? input.request_id ?? input.trace?.trace_info?.trace_id;
    const present = traceId === undefined ? undefined : (await findTrace(traceId))?.experiment_id;
    for (const id of new Set([named, present])) {
      if (id !== undefined) await requireLevelOn(id, level, context);
    }
  });

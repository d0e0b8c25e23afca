import { batchGet, getItem, type Write } from '../../shared/dynamo/index.ts';
import type { LifecycleStage } from '../experiments/experiment.ts';
import { experimentPartition, trackingTableName } from '../keys.ts';
import type { Run } from '../runs/run.ts';

/**
 * What the last deletion or restoration of an experiment says of its runs at rest: nobody writes to each of
 * them. It counts for those that were settled in an earlier epoch, whatever their heads and rows say.
 */
export interface StageMark {
  readonly epoch: number;
  readonly stage: LifecycleStage;
  /** When the experiment was deleted or restored, epoch milliseconds. */
  readonly time: number;
  /** Epoch of the last restoration: who was deleted in an earlier one was so anew since. */
  readonly restored: number;
  /** Fresh runs are being gone through, or that was interrupted. */
  readonly pending: boolean;
}

/** The mark as it counts for runs that were settled in an epoch. */
export interface Restaging {
  readonly mark: StageMark;
  readonly epoch: number;
}

/** Sort key of the mark: behind the fresh runs, so that who lists them reads it, too. */
const STAGE_MARK = 'FRESH_STAGE';

export const markKey = (experimentId: string) => ({
  pk: experimentPartition(experimentId),
  sk: STAGE_MARK,
});

type MarkItem = StageMark & { readonly pk: string };

export const loadMark = (experimentId: string): Promise<StageMark | undefined> =>
  getItem<MarkItem>(trackingTableName(), markKey(experimentId));

/** In which epoch runs are settled now: a deletion that has not gone through all fresh ones counts for them, too. */
export const settlingEpoch = (mark: StageMark | undefined): number =>
  mark ? mark.epoch - Number(mark.pending) : 0;

/** Whether the mark counts for what was settled in the epoch. */
export const restaging = (mark: StageMark | undefined, epoch = 0): Restaging | undefined =>
  mark && mark.epoch > epoch ? { mark, epoch } : undefined;

/** When a run was deleted that had been so at `own`, if it had. */
export const deletionTime = ({ mark, epoch }: Restaging, own: number | undefined): number =>
  own === undefined || mark.restored > epoch ? mark.time : own;

type Staged = Pick<Run, 'lifecycle_stage' | 'deleted_time'>;

/** A settled run as it is. */
export function restaged<T extends Staged>(run: T, by: Restaging | undefined): T {
  if (!by) return run;
  const { deleted_time: own, ...rest } = run;
  const { stage } = by.mark;
  const more = stage === 'deleted' && { deleted_time: deletionTime(by, own) };
  return { ...rest, lifecycle_stage: stage, ...more } as T;
}

interface StoredRun extends Staged {
  readonly experiment_id: string;
  readonly settled?: string;
  readonly settled_epoch?: number;
}

/** Stored runs as they are: those at rest are as their experiment's mark says. */
export async function asMarked<T extends StoredRun>(runs: readonly T[]): Promise<readonly T[]> {
  const ids = new Set(runs.flatMap((run) => (run.settled ? [run.experiment_id] : [])));
  if (ids.size === 0) return runs;
  const found = await batchGet<MarkItem>(trackingTableName(), [...ids].map(markKey));
  const marks = new Map(found.map((mark) => [mark.pk, mark]));
  return runs.map((run) => {
    const mark = run.settled ? marks.get(experimentPartition(run.experiment_id)) : undefined;
    return restaged(run, restaging(mark, run.settled_epoch));
  });
}

/** A condition for other writes: the mark is still as it was read. */
export const markIs = (experimentId: string, mark: StageMark | undefined): Write => ({
  table: trackingTableName(),
  check: markKey(experimentId),
  ...sameEpoch(mark),
  withoutItem: true,
});

/** Writes a mark in place of the one that was read. */
export const putMark = (
  experimentId: string,
  before: StageMark | undefined,
  { epoch, stage, time, restored, pending }: StageMark,
): Write => ({
  table: trackingTableName(),
  put: { ...markKey(experimentId), epoch, stage, time, restored, pending },
  ...sameEpoch(before),
});

const sameEpoch = (mark: StageMark | undefined) =>
  mark
    ? { condition: 'epoch = :epoch', values: { ':epoch': mark.epoch } }
    : { condition: 'attribute_not_exists(pk)' };

/** The mark after a deletion or restoration; one that goes on with what was interrupted keeps its time. */
export function nextMark(
  before: StageMark | undefined,
  stage: LifecycleStage,
  now: number,
): StageMark {
  const epoch = (before?.epoch ?? 0) + 1;
  const goesOn = before?.pending === true && before.stage === stage;
  return {
    epoch,
    stage,
    time: goesOn ? before.time : now,
    restored: stage === 'active' ? epoch : (before?.restored ?? 0),
    pending: true,
  };
}

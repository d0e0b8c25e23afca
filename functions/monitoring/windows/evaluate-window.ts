import { outbox } from '../../events/outbox.ts';
import type { OperationContext } from '../../shared/context.ts';
import { retryChanged, type Write } from '../../shared/dynamo/index.ts';
import { DriftDetected, QualityDegraded, type WindowKind } from '../events.ts';
import { readWindowLog } from '../inference-log-store.ts';
import { judgeWindow } from './judge-window.ts';
import {
  type Breach,
  breachKey,
  type InputsEvaluation,
  type LabelsEvaluation,
  type WindowRecord,
} from './window.ts';
import { getWindow, platformTableName, saveEvaluation, windowsDownFrom } from './window-store.ts';

/** Announcements in one transaction with the evaluation; the rest follow in the next. */
const MAX_ANNOUNCED = 90;

interface ClosedWindow {
  readonly endpoint: string;
  readonly series: string;
  readonly kind: WindowKind;
  readonly window: string;
}

/**
 * Evaluates a window that was closed. Earlier windows that are not evaluated yet go first, so that an
 * evaluation is never there without all the earlier ones.
 */
export async function evaluateClosed(
  closed: ClosedWindow,
  context: OperationContext,
): Promise<void> {
  const pending: string[] = [];
  for await (const record of windowsDownFrom(closed.series, closed.window)) {
    if (isComplete(record, closed.kind)) break;
    pending.push(record.window);
  }
  for (const window of pending.reverse()) await evaluate({ ...closed, window }, context);
}

/** Evaluates a window again because rows came late; late requests count for its labels, too. */
export async function evaluateAmended(
  amended: ClosedWindow,
  context: OperationContext,
): Promise<void> {
  await evaluateClosed(amended, context);
  await evaluate(amended, context);
  if (amended.kind === 'labels') return;
  const record = await getWindow(amended.series, amended.window);
  if (record?.labels) await evaluate({ ...amended, kind: 'labels' }, context);
}

const unannounced = (
  { announced }: WindowRecord,
  kind: WindowKind,
  breaches: readonly Breach[],
): Breach[] => breaches.filter((breach) => !announced.includes(breachKey(kind, breach)));

const isComplete = (record: WindowRecord, kind: WindowKind): boolean => {
  const evaluation = record[kind];
  return evaluation !== undefined && unannounced(record, kind, evaluation.breaches).length === 0;
};

const evaluate = (target: ClosedWindow, context: OperationContext): Promise<void> =>
  retryChanged(() => tryEvaluate(target, context));

async function tryEvaluate(target: ClosedWindow, context: OperationContext): Promise<void> {
  const { kind, series, window } = target;
  // The record is read before the log: whoever stores an evaluation first has read no newer rows.
  let record = await getWindow(series, window);
  if (!record) throw new Error(`Window ${window} of ${series} does not exist`);
  const log = await readWindowLog(series, window);
  let evaluation = await judgeWindow(kind, log, (record[kind]?.revision ?? 0) + 1);
  for (;;) {
    const fresh = unannounced(record, kind, evaluation.breaches);
    const now = fresh.slice(0, MAX_ANNOUNCED);
    const announced: string[] = [
      ...record.announced,
      ...now.map((breach) => breachKey(kind, breach)),
    ];
    const end = record.end;
    const events = now.map((breach) => announcement(target, end, evaluation, breach, context));
    await saveEvaluation(series, window, kind, evaluation, announced, events);
    if (fresh.length === now.length) return;
    record = { ...record, announced };
    evaluation = { ...evaluation, revision: evaluation.revision + 1 };
  }
}

function announcement(
  { endpoint, series, kind, window }: ClosedWindow,
  end: number,
  { model = '', version = '' }: InputsEvaluation | LabelsEvaluation,
  { column, metric, value, threshold }: Breach,
  context: OperationContext,
): Write {
  const definition = kind === 'inputs' ? DriftDetected : QualityDegraded;
  return outbox(
    platformTableName(),
    definition,
    {
      endpoint,
      series,
      kind,
      window,
      model,
      version,
      column,
      metric,
      value,
      threshold,
      end: new Date(end).toISOString().replace('.000Z', 'Z'),
    },
    context,
  );
}

import { outbox } from '../../events/outbox.ts';
import { type WindowRecord, windowsDownFrom } from '../../monitoring/index.ts';
import { policyFor, type RetrainingPolicy } from '../../policies/index.ts';
import { getVersionByAlias } from '../../registry/index.ts';
import type { OperationContext } from '../../shared/context.ts';
import { retryChanged, transactWrite } from '../../shared/dynamo/index.ts';
import { DomainError } from '../../shared/errors.ts';
import { RetrainingDecided } from '../events.ts';
import type { Execution } from '../executions/execution.ts';
import { newExecution, startWrites } from '../executions/request-execution.ts';
import { type Pipeline, withParameters } from '../pipeline.ts';
import { getLock, getPipeline, platformTableName } from '../pipeline-store.ts';
import {
  afterRetraining,
  type EvaluatedWindow,
  type RetrainingDecision,
  type RetrainingState,
  ruleThatHolds,
  shutGate,
} from './retraining.ts';
import { decisionWrites, getDecisions, getRetrainingState } from './retraining-store.ts';

/** A breach, as DriftDetected and QualityDegraded tell it. */
interface BreachedWindow {
  readonly endpoint: string;
  readonly series: string;
  readonly kind: 'inputs' | 'labels';
  readonly window: string;
  readonly model: string;
}

/** Windows that a policy may look back on, and that may be decided late in one go. */
const MAX_WINDOWS = 400;

/**
 * Decides about retraining after a window that breached, once per window and kind. Breached windows
 * before it that nobody has decided on yet go first, so that the order of the events does not matter.
 */
export async function decideRetraining(
  breach: BreachedWindow,
  context: OperationContext,
): Promise<void> {
  for (const window of await undecidedWindows(breach)) {
    await retryChanged(() => decideOnce({ ...breach, window }, context));
  }
}

async function undecidedWindows(breach: BreachedWindow): Promise<string[]> {
  const undecided: string[] = [];
  for await (const { window, evaluation } of evaluatedWindows(breach)) {
    if (evaluation.status !== 'BREACH' || evaluation.model !== breach.model) continue;
    const [decision] = await getDecisions([{ ...breach, window }]);
    // Windows are decided in order: behind a decided one there is none left, save late ones.
    if (decision && window !== breach.window) break;
    if (!decision) undecided.push(window);
  }
  return undecided.reverse();
}

interface Evaluated {
  readonly window: string;
  readonly end: number;
  readonly evaluation: NonNullable<WindowRecord['inputs'] | WindowRecord['labels']>;
}

/** The windows of this kind that were evaluated, newest first. */
async function* evaluatedWindows(breach: BreachedWindow): AsyncGenerator<Evaluated> {
  let seen = 0;
  for await (const record of windowsDownFrom(breach.series, breach.window)) {
    const evaluation = record[breach.kind];
    if (evaluation) yield { window: record.window, end: record.end, evaluation };
    if (++seen >= MAX_WINDOWS) return;
  }
}

async function decideOnce(breach: BreachedWindow, context: OperationContext): Promise<void> {
  const [decided] = await getDecisions([breach]);
  if (decided) return;
  const state = await getRetrainingState(breach.model);
  const newest = (await evaluatedWindows(breach).next()).value as Evaluated | undefined;
  if (newest?.window !== breach.window) {
    throw new Error(`Window ${breach.window} of ${breach.series} has no ${breach.kind} evaluation`);
  }
  const verdict = await judge(breach, newest, state, context);
  const window = { start: breach.window, end: newest.end };
  const execution = verdict.outcome === 'requested' ? verdict.execution : undefined;
  const decision: RetrainingDecision = {
    model: breach.model,
    endpoint: breach.endpoint,
    series: breach.series,
    window: breach.window,
    kind: breach.kind,
    version: newest.evaluation.version ?? '',
    outcome: verdict.outcome,
    reason: verdict.reason,
    ...(execution && { executionId: execution.id }),
    decidedAt: context.clock(),
  };
  const { model, endpoint, kind, outcome, reason } = decision;
  await transactWrite([
    ...decisionWrites(decision, state, execution ? afterRetraining(state, window) : state),
    ...(execution ? startWrites(execution, context) : []),
    outbox(
      platformTableName(),
      RetrainingDecided,
      {
        model,
        endpoint,
        window: breach.window,
        kind,
        outcome,
        reason,
        execution_id: execution?.id ?? null,
      },
      context,
    ),
  ]);
}

type Verdict =
  | { readonly outcome: 'requested'; readonly reason: string; readonly execution: Execution }
  | { readonly outcome: 'suppressed' | 'not_met' | 'no_policy'; readonly reason: string };

async function judge(
  breach: BreachedWindow,
  newest: Evaluated,
  state: RetrainingState,
  context: OperationContext,
): Promise<Verdict> {
  const policy = (await policyFor(breach.model))?.policy.retraining;
  if (!policy) return { outcome: 'no_policy', reason: 'no retraining policy covers the model' };
  const { version } = newest.evaluation;
  const champion = await getVersionByAlias(breach.model, 'champion');
  if (champion !== undefined && champion !== version) {
    return {
      outcome: 'not_met',
      reason: `the window is version ${version}'s, and the champion is version ${champion} now`,
    };
  }
  const lookBack = Math.max(...policy.when.map((rule) => rule.n));
  const due = ruleThatHolds(policy.when, await windowsThatCount(breach, version, lookBack));
  if (due === undefined) return { outcome: 'not_met', reason: 'too few windows breached' };

  const pipeline = await getPipeline(policy.pipeline);
  if (!pipeline) {
    return { outcome: 'suppressed', reason: `pipeline '${policy.pipeline}' does not exist` };
  }
  const lock = await getLock(pipeline.name);
  const window = { start: breach.window, end: newest.end };
  const shut = shutGate(policy, state, window, lock?.execution);
  if (shut !== undefined) return { outcome: 'suppressed', reason: `${due}, but ${shut}` };
  return requested(policy, pipeline, due, newest.end, context);
}

/** The last windows of this version of the model that had data enough to judge, newest first. */
async function windowsThatCount(
  breach: BreachedWindow,
  version: string | undefined,
  limit: number,
): Promise<EvaluatedWindow[]> {
  const windows: EvaluatedWindow[] = [];
  for await (const { window, evaluation } of evaluatedWindows(breach)) {
    const judged = evaluation.status === 'OK' || evaluation.status === 'BREACH';
    if (!judged || evaluation.model !== breach.model || evaluation.version !== version) continue;
    windows.push({ window, breaches: evaluation.breaches });
    if (windows.length === limit) break;
  }
  return windows;
}

function requested(
  policy: RetrainingPolicy,
  pipeline: Pipeline,
  reason: string,
  end: number,
  context: OperationContext,
): Verdict {
  const timed = pipeline.document.data.time_column !== undefined;
  const parameters = timed ? { 'data.window_end': new Date(end).toISOString() } : {};
  try {
    const document = withParameters(pipeline.document, parameters);
    const request = { parameters, reason, document };
    const execution = newExecution(pipeline.name, request, 'RUNNING', context);
    return { outcome: 'requested', reason, execution };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { outcome: 'suppressed', reason: `pipeline '${policy.pipeline}': ${error.message}` };
  }
}

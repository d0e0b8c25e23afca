import { getDecisions, type RetrainingDecision } from '../../pipelines/index.ts';
import { getEndpoint, getLive, logGranularity, seriesOf } from '../../serving/index.ts';
import { invalid, notFound } from '../../shared/errors.ts';
import { GRANULARITIES, windowById } from '../../shared/time-window.ts';
import type { WindowKind } from '../events.ts';
import { isClosed, NO_PROGRESS, type SeriesState, type WindowRecord } from './window.ts';
import { emptyState, getSeriesState, listWindowPage } from './window-store.ts';

const MAX_PAGE = 100;

type Query = Readonly<Record<string, string>>;

/**
 * The windows of an endpoint, oldest first, with their evaluations and what followed from them. A
 * kind of a window is `settled` once it is evaluated and the retrain policy has decided on its
 * breaches. Windows that end before `watermarks.<kind>.closed_until` are all listed as closed.
 */
export async function listWindows(name: string, query: Query): Promise<object> {
  const endpoint = await getEndpoint(name);
  if (!endpoint) throw notFound(`Endpoint '${name}' does not exist`);
  const granularity = query.granularity ?? logGranularity((await getLive(name))?.monitor);
  if (!GRANULARITIES.includes(granularity)) {
    throw invalid(`granularity must be one of ${GRANULARITIES.join(', ')}`);
  }
  const { limit, after } = page(query, granularity);
  const series = seriesOf(endpoint.id, granularity);
  const state = (await getSeriesState(series)) ?? emptyState(name);
  const { windows, more } = await listWindowPage(series, after, limit);
  const decisions = await decisionsOn(series, windows);
  const last = windows.at(-1);
  return {
    granularity,
    watermarks: { inputs: progress(state, 'inputs'), labels: progress(state, 'labels') },
    windows: windows.map((record) => ({
      window: record.window,
      end: iso(record.end),
      inputs: describe(record, 'inputs', state, decisions),
      labels: describe(record, 'labels', state, decisions),
    })),
    ...(more && last && { next: last.window }),
  };
}

function page(query: Query, granularity: string): { limit: number; after: string } {
  const limit = Number(query.limit ?? MAX_PAGE);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw invalid(`limit must be a whole number from 1 to ${MAX_PAGE}`);
  }
  return { limit, after: query.after ? windowById(query.after, granularity).id : '' };
}

const iso = (time: number) => new Date(time).toISOString().replace('.000Z', 'Z');

const progress = (state: SeriesState, kind: WindowKind) => {
  const { watermark, closed } = state[kind];
  return {
    seen_until: watermark === NO_PROGRESS.watermark ? null : iso(watermark),
    closed_until: closed === NO_PROGRESS.closed ? null : iso(closed),
  };
};

const KINDS = ['inputs', 'labels'] as const;

async function decisionsOn(
  series: string,
  windows: readonly WindowRecord[],
): Promise<Map<string, RetrainingDecision>> {
  const ids = windows.flatMap(({ window, ...record }) =>
    KINDS.flatMap((kind) => {
      const { status, model } = record[kind] ?? {};
      return status === 'BREACH' && model !== undefined ? { model, window, kind, series } : [];
    }),
  );
  const decisions = await getDecisions(ids);
  return new Map(decisions.map((decision) => [`${decision.window} ${decision.kind}`, decision]));
}

function describe(
  record: WindowRecord,
  kind: WindowKind,
  state: SeriesState,
  decisions: ReadonlyMap<string, RetrainingDecision>,
): object {
  const evaluation = record[kind];
  if (!evaluation) {
    return { state: isClosed(state, kind, record.end) ? 'CLOSED' : 'OPEN', settled: false };
  }
  const decision = decisions.get(`${record.window} ${kind}`);
  return {
    state: 'EVALUATED',
    settled: evaluation.status !== 'BREACH' || decision !== undefined,
    ...evaluation,
    ...(decision && {
      retraining: {
        outcome: decision.outcome,
        reason: decision.reason,
        execution_id: decision.executionId ?? null,
      },
    }),
  };
}

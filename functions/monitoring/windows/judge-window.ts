import { policyFor } from '../../policies/index.ts';
import { type LogRow, readLogPayload } from '../../serving/index.ts';
import { mapInChunks } from '../../shared/chunks.ts';
import { PSI_ID } from '../drift/drift.ts';
import type { WindowKind } from '../events.ts';
import type { WindowLog } from '../inference-log-store.ts';
import {
  DEFAULT_LIMITS,
  findBreaches,
  type Limit,
  type Measured,
  WHOLE_TABLE,
} from './breaches.ts';
import { driftOfInputs, measuredDrift } from './inputs-evaluation.ts';
import { summariseLabels, type VersionQuality } from './labels-evaluation.ts';
import { loadBaseline } from './load-baseline.ts';
import type { Breach, InputsEvaluation, LabelsEvaluation } from './window.ts';

/** Fewer rows than this say nothing: without any change, PSI of 100 rows exceeds 0.1 in 43 of 100. */
const MIN_SAMPLES = 500;
/** Below this share of labelled rows, quality is that of the rows that happened to get labels. */
const MIN_COVERAGE = 0.5;
const CONCURRENT_READS = 16;

/** What the rows of a window say; `revision` counts the evaluations of this window and kind. */
export async function judgeWindow(
  kind: WindowKind,
  log: WindowLog,
  revision: number,
): Promise<InputsEvaluation | LabelsEvaluation> {
  const answered = distinctAnswers(log.requests);
  return kind === 'inputs'
    ? judgeInputs(log, answered, revision)
    : judgeLabels(log, answered, revision);
}

const identityOf = (row: LogRow) => row.clientRequestId ?? row.databricksRequestId;

/** Answered requests in a fixed order; of those with one client's id the first counts. */
function distinctAnswers(requests: readonly LogRow[]): LogRow[] {
  const first = new Map<string, LogRow>();
  for (const row of requests) {
    if (row.statusCode !== 200) continue;
    const known = first.get(identityOf(row));
    if (!known || isBefore(row, known)) first.set(identityOf(row), row);
  }
  return [...first.values()].sort((a, b) => (identityOf(a) < identityOf(b) ? -1 : 1));
}

const isBefore = (a: LogRow, b: LogRow) =>
  a.timestampMs === b.timestampMs
    ? a.databricksRequestId < b.databricksRequestId
    : a.timestampMs < b.timestampMs;

async function withPayloads(rows: readonly LogRow[]) {
  const requests = await mapInChunks(rows, CONCURRENT_READS, async (row) => {
    const payload = await readLogPayload(row);
    return payload && { row, payload };
  });
  return requests.filter((request) => request !== undefined);
}

function rowsByVersion(rows: readonly LogRow[]): Map<string, { row: LogRow; count: number }> {
  const counts = new Map<string, { row: LogRow; count: number }>();
  for (const row of rows) {
    const id = `${row.model}#${row.version}`;
    counts.set(id, { row, count: (counts.get(id)?.count ?? 0) + row.rows });
  }
  return counts;
}

/** The model and version that answered most rows; the older one when two are equal. */
function mainVersion(rows: readonly LogRow[]): { model?: string; version?: string } {
  const [first] = [...rowsByVersion(rows).values()].sort(
    (a, b) => b.count - a.count || Number(a.row.version) - Number(b.row.version),
  );
  const { model, version } = first?.row ?? {};
  return { ...(model !== undefined && { model }), ...(version !== undefined && { version }) };
}

async function judgeInputs(
  log: WindowLog,
  answered: readonly LogRow[],
  revision: number,
): Promise<InputsEvaluation> {
  const { model, version } = mainVersion(answered);
  const rows = answered.reduce((sum, row) => sum + row.rows, 0);
  const succeeded = log.requests.filter((row) => row.statusCode === 200).length;
  const baseline =
    model === undefined || version === undefined ? undefined : await loadBaseline(model, version);
  const columns =
    baseline && model !== undefined && version !== undefined
      ? driftOfInputs(await withPayloads(answered), baseline, { model, version })
      : [];
  const enough = rows >= MIN_SAMPLES;
  const breaches =
    enough && model !== undefined ? await breachesOf(model, measuredDrift(columns)) : [];
  const verdict = breaches.length > 0 ? 'BREACH' : 'OK';
  return {
    revision,
    status: !baseline ? 'NO_BASELINE' : enough ? verdict : 'INSUFFICIENT_DATA',
    ...(model !== undefined && { model }),
    ...(version !== undefined && { version }),
    breaches,
    requests: answered.length,
    failed_requests: log.requests.length - succeeded,
    duplicate_requests: succeeded - answered.length,
    rows,
    rows_by_version: Object.fromEntries(
      [...rowsByVersion(answered)].map(([id, { count }]) => [id, count]),
    ),
    psi_definition: PSI_ID,
    columns,
  };
}

async function judgeLabels(
  log: WindowLog,
  answered: readonly LogRow[],
  revision: number,
): Promise<LabelsEvaluation> {
  const labels = new Map(log.labels.map((label) => [label.identity, label]));
  const { model, version } = mainVersion(answered);
  const requests = await withPayloads(answered);
  const summary = summariseLabels(
    requests.map((request) => ({ ...request, label: labels.get(identityOf(request.row)) })),
  );
  const main = summary.versions.find(
    (quality) =>
      quality.role === 'answer' && quality.model === model && quality.version === version,
  );
  const coverage = summary.rows === 0 ? 0 : summary.labelled_rows / summary.rows;
  const enough = main !== undefined && main.rows >= MIN_SAMPLES && coverage >= MIN_COVERAGE;
  const breaches =
    enough && model !== undefined ? await breachesOf(model, [measuredQuality(main)]) : [];
  const verdict = breaches.length > 0 ? 'BREACH' : 'OK';
  return {
    revision,
    status: enough ? verdict : 'INSUFFICIENT_DATA',
    ...(model !== undefined && { model }),
    ...(version !== undefined && { version }),
    breaches,
    ...summary,
    label_coverage: coverage,
  };
}

const measuredQuality = ({ roc_auc, log_loss, accuracy }: VersionQuality): Measured => ({
  column: WHOLE_TABLE,
  values: { roc_auc, log_loss, accuracy },
});

async function breachesOf(model: string, measured: readonly Measured[]): Promise<Breach[]> {
  const retraining = (await policyFor(model))?.policy.retraining;
  const limits: readonly Limit[] = retraining?.when ?? DEFAULT_LIMITS;
  return findBreaches(measured, limits, retraining !== undefined);
}

export { createRun } from './create-run.ts';
export { getRun } from './describe-run.ts';
export { checkExperimentId, DEFAULT_EXPERIMENT_ID, requireActive } from './experiment.ts';
export { requireLevelOn, requireLevelOnRun } from './experiment-access.ts';
export {
  experimentIdByName,
  experimentIsActive,
  findExperiment,
  loadExperiment,
} from './experiment-store.ts';
export { createExperiment, getExperiment } from './experiments.ts';
export { getMetricHistoryBulkInterval } from './get-metric-history-bulk.ts';
export { guardedBy } from './guard-operations.ts';
export { inputsOfRun } from './input-store.ts';
export { checkFirstKey, checkKey, storedParam, storedTag } from './limits.ts';
export { logBatch } from './log-batch.ts';
export { packMetrics, unpackMetrics } from './metric-codec.ts';
export { comparePoints } from './metric-points.ts';
export { latestOfRuns } from './metric-store.ts';
export type { Metric, Run, RunStatus } from './run.ts';
export type { RunInput } from './run-input.ts';
export { trackingTableName } from './run-keys.ts';
export { randomRunName } from './run-name.ts';
export { findRun, loadRun } from './run-store.ts';
export { searchDatasets } from './search-datasets.ts';
export { searchRuns } from './search-runs.ts';
export {
  fullOrder,
  positionOf,
  tokenBehind,
} from './sorted-page.ts';
export { updateRun } from './update-run.ts';

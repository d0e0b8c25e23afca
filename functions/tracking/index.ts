export { createExperiment } from './experiments/create-experiment.ts';
export {
  belowLocation,
  checkExperimentId,
  DEFAULT_EXPERIMENT_ID,
  isExperimentId,
  requireActive,
} from './experiments/experiment.ts';
export { requireLevelOn, requireLevelOnRun } from './experiments/experiment-access.ts';
export { setExperimentLifecycle } from './experiments/experiment-lifecycle.ts';
export {
  experimentIdByName,
  experimentIsActive,
  findExperiment,
  loadExperiment,
} from './experiments/experiment-store.ts';
export { getExperiment } from './experiments/get-experiment.ts';
export { guardedBy } from './guard-operations.ts';
export { inputsOfRun } from './inputs/input-store.ts';
export type { RunInput } from './inputs/run-input.ts';
export { searchDatasets } from './inputs/search-datasets.ts';
export { trackingTableName } from './keys.ts';
export { checkFirstKey, checkKey, storedTag } from './limits.ts';
export { getMetricHistoryBulkInterval } from './metrics/get-metric-history-bulk.ts';
export { packMetrics, unpackMetrics } from './metrics/metric-codec.ts';
export { comparePoints } from './metrics/metric-points.ts';
export { latestOfRuns } from './metrics/metric-store.ts';
export { createRun } from './runs/create-run.ts';
export { getRun } from './runs/describe-run.ts';
export { logBatch } from './runs/log-batch.ts';
export { type ModelSignature, signaturesOfRun } from './runs/model-signatures.ts';
export type { Metric, Run } from './runs/run.ts';
export { randomRunName } from './runs/run-name.ts';
export { findRun, loadRun } from './runs/run-store.ts';
export { updateRun } from './runs/update-run.ts';
export { searchRuns } from './search/search-runs.ts';
export {
  fullOrder,
  positionOf,
  tokenBehind,
} from './search/sorted-page.ts';

import {
  double,
  int64,
  messages,
  operation,
  requiredRunId,
  requiredString,
  string,
} from '../mlflow/index.ts';
import { logBatch } from './runs/log-batch.ts';
import { checkRunId } from './runs/run.ts';
import { setTag } from './runs/run-tags.ts';

const runId = { run_id: requiredRunId };
const point = {
  key: requiredString,
  value: { ...double, required: true },
  timestamp: { ...int64, required: true },
  step: { ...int64, default: 0 },
  model_id: string,
  dataset_name: string,
  dataset_digest: string,
} as const;
const pair = { key: requiredString, value: { ...string, default: '' } } as const;

/** Operations of the function `tracking-ingest` with the fields of their requests. */
export const ingestOperations = {
  setTag: operation({ ...runId, ...pair }, setTag),
  logBatch: operation(
    {
      run_id: { ...requiredRunId, check: 'first' },
      metrics: messages(point),
      params: messages(pair),
      tags: messages(pair),
    },
    async (batch) => {
      checkRunId(batch.run_id);
      return logBatch(batch);
    },
  ),
  logMetric: operation({ ...runId, ...point }, ({ run_id, ...metric }) =>
    logBatch({ run_id, metrics: [metric] }, true),
  ),
  logParameter: operation({ ...runId, ...pair }, ({ run_id, ...param }) =>
    logBatch({ run_id, params: [param] }, true),
  ),
};

import {
  double,
  int64,
  messages,
  operation,
  requiredRunId,
  requiredString,
  string,
} from '../mlflow/index.ts';
import { logBatch } from './log-batch.ts';
import { checkRunId } from './run.ts';
import { setTag } from './run-tags.ts';

const runId = { run_id: requiredRunId };
const point = {
  key: requiredString,
  value: { ...double, required: true },
  timestamp: { ...int64, required: true },
  step: int64,
  model_id: string,
  dataset_name: string,
  dataset_digest: string,
} as const;
const pair = messages({ key: requiredString, value: string });

const withValue = ({ key, value = '' }: { readonly key: string; readonly value?: string }) => ({
  key,
  value,
});

/** Operations of the function `tracking-ingest` with the fields of their requests. */
export const ingestOperations = {
  setTag: operation({ ...runId, key: requiredString, value: string }, setTag),
  logBatch: operation(
    { ...runId, metrics: messages(point), params: pair, tags: pair },
    async ({ run_id, metrics, params, tags }) => {
      checkRunId(run_id);
      return logBatch({
        run_id,
        metrics: metrics.map(({ step = 0, ...metric }) => ({ ...metric, step })),
        params: params.map(withValue),
        tags: tags.map(withValue),
      });
    },
  ),
  logMetric: operation({ ...runId, ...point }, ({ run_id, step = 0, ...metric }) =>
    logBatch({ run_id, metrics: [{ ...metric, step }] }, true),
  ),
  logParameter: operation(
    { ...runId, key: requiredString, value: string },
    ({ run_id, ...param }) => logBatch({ run_id, params: [withValue(param)] }, true),
  ),
};

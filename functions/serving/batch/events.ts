import * as z from 'zod/mini';
import { defineEvent } from '../../events/define.ts';

const source = 'slipway.serving';
const subject = (data: { model: string }) => `model:${data.model}`;

const about = {
  batch_id: z.string(),
  model: z.string(),
  version: z.string(),
  input: z.string(),
  output: z.string(),
};
const sample = {
  batch_id: '01K5A0000000000000000000BA',
  model: 'flight-delay',
  version: '3',
  input: 's3://slipway-dev-artifacts/flights/',
  output: 's3://slipway-dev-artifacts/scored',
};

export const BatchInferenceSucceeded = defineEvent({
  source,
  type: 'BatchInferenceSucceeded',
  version: 1,
  schema: z.strictObject({ ...about, rows: z.int(), failed_rows: z.int() }),
  subject,
  text: ({ model, version, rows, failed_rows }) =>
    `version ${version} of ${model} scored ${rows} rows of files, ${failed_rows} could not be`,
  sample: { ...sample, rows: 484_951, failed_rows: 0 },
});

export const BatchInferenceFailed = defineEvent({
  source,
  type: 'BatchInferenceFailed',
  version: 1,
  schema: z.strictObject({ ...about, message: z.string() }),
  subject,
  text: ({ model, version, message }) =>
    `version ${version} of ${model} could not score files: ${message}`,
  sample: {
    ...sample,
    message: 's3://slipway-dev-artifacts/flights/ holds no .parquet and no .csv file',
  },
});

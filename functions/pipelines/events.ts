import * as z from 'zod/mini';
import { defineEvent } from '../events/define.ts';

const source = 'slipway.pipelines';
const subject = (data: { pipeline: string }) => `pipeline:${data.pipeline}`;

const execution = { pipeline: z.string(), model: z.string(), execution_id: z.string() };
const sampleExecution = {
  pipeline: 'flight-delay',
  model: 'flight-delay',
  execution_id: '01K5A0000000000000000000AA',
};

const definition = z.strictObject({
  pipeline: z.string(),
  model: z.string(),
  revision: z.int(),
  /** Null: it has none. */
  schedule: z.nullable(z.string()),
  time_zone: z.nullable(z.string()),
  /** How many event patterns start it. */
  triggers: z.int(),
});

/** The definition was created or replaced. */
export const PipelineDefined = defineEvent({
  source,
  type: 'PipelineDefined',
  version: 1,
  schema: definition,
  subject,
  text: (data) => `revision ${data.revision} of pipeline ${data.pipeline} was defined`,
  sample: {
    pipeline: 'flight-delay',
    model: 'flight-delay',
    revision: 3,
    schedule: 'cron(0 3 ? * MON *)',
    time_zone: 'UTC',
    triggers: 1,
  },
});

export const PipelineDeleted = defineEvent({
  source,
  type: 'PipelineDeleted',
  version: 1,
  schema: z.strictObject({ pipeline: z.string() }),
  subject,
  text: (data) => `pipeline ${data.pipeline} was deleted`,
  sample: { pipeline: 'flight-delay' },
});

/** Its id is the execution's id, and the name of the state machine's execution. */
export const TrainingRequested = defineEvent({
  source,
  type: 'TrainingRequested',
  version: 1,
  schema: z.strictObject({
    ...execution,
    reason: z.string(),
    parameters: z.record(z.string(), z.unknown()),
  }),
  subject,
  text: (data) => `training of ${data.model} was requested: ${data.reason}`,
  sample: {
    ...sampleExecution,
    reason: 'psi of origin above 0.2 in 2 of 5 windows',
    parameters: { 'data.window_end': '2001-03-02T00:00:00Z' },
  },
});

const trained = z.strictObject({ ...execution, run_id: z.string(), version: z.string() });
const sampleTrained = {
  ...sampleExecution,
  run_id: '6f1c1b1a0e0d4f0c8e0a1b2c3d4e5f60',
  version: '2',
};

export const TrainingSucceeded = defineEvent({
  source,
  type: 'TrainingSucceeded',
  version: 1,
  schema: trained,
  subject,
  text: (data) => `training of ${data.model} gave version ${data.version}`,
  sample: sampleTrained,
});

export const PipelineSucceeded = defineEvent({
  source,
  type: 'PipelineSucceeded',
  version: 1,
  schema: trained,
  subject,
  text: (data) => `execution ${data.execution_id} of pipeline ${data.pipeline} succeeded`,
  sample: sampleTrained,
});

const failed = z.strictObject({ ...execution, error: z.string(), cause: z.string() });
const sampleFailed = {
  ...sampleExecution,
  error: 'TrainingFailed',
  cause: 'the label column is missing',
};

export const TrainingFailed = defineEvent({
  source,
  type: 'TrainingFailed',
  version: 1,
  schema: failed,
  subject,
  text: (data) => `training of ${data.model} failed: ${data.cause}`,
  sample: sampleFailed,
});

export const PipelineFailed = defineEvent({
  source,
  type: 'PipelineFailed',
  version: 1,
  schema: failed,
  subject,
  text: (data) =>
    `execution ${data.execution_id} of pipeline ${data.pipeline} failed: ${data.cause}`,
  sample: sampleFailed,
});

export const PipelineStopped = defineEvent({
  source,
  type: 'PipelineStopped',
  version: 1,
  schema: z.strictObject(execution),
  subject,
  text: (data) => `execution ${data.execution_id} of pipeline ${data.pipeline} was stopped`,
  sample: sampleExecution,
});

export const RetrainingDecided = defineEvent({
  source,
  type: 'RetrainingDecided',
  version: 1,
  schema: z.strictObject({
    model: z.string(),
    endpoint: z.string(),
    window: z.string(),
    kind: z.enum(['inputs', 'labels']),
    outcome: z.enum(['requested', 'suppressed', 'not_met', 'no_policy']),
    reason: z.string(),
    execution_id: z.nullable(z.string()),
  }),
  subject: (data) => `model:${data.model}`,
  text: (data) =>
    `retraining of ${data.model} after window ${data.window}: ${data.outcome} (${data.reason})`,
  sample: {
    model: 'flight-delay',
    endpoint: 'flight-delay',
    window: '2001-03-01T00:00:00Z',
    kind: 'inputs',
    outcome: 'requested',
    reason: 'psi of origin above 0.2 in 2 of 5 windows',
    execution_id: '01K5A0000000000000000000AA',
  },
});

import * as z from 'zod/mini';
import { defineEvent } from '../../events/define.ts';

const source = 'slipway.serving';
const subject = (data: { endpoint: string }) => `endpoint:${data.endpoint}`;

const about = {
  endpoint: z.string(),
  rollout_id: z.string(),
  entity: z.string(),
  model: z.string(),
  from: z.string(),
  to: z.string(),
};
const sample = {
  endpoint: 'flight-delay',
  rollout_id: '01K5A0000000000000000000RA',
  entity: 'main',
  model: 'flight-delay',
  from: '2',
  to: '3',
};

export const RolloutStarted = defineEvent({
  source,
  type: 'RolloutStarted',
  version: 1,
  schema: z.strictObject({ ...about, strategy: z.string(), cause: z.string() }),
  subject,
  text: ({ endpoint, model, from, to, strategy }) =>
    `endpoint ${endpoint} began to roll out version ${to} of ${model} beside ${from} (${strategy})`,
  sample: { ...sample, strategy: 'canary', cause: 'alias' },
});

export const RolloutAdvanced = defineEvent({
  source,
  type: 'RolloutAdvanced',
  version: 1,
  schema: z.strictObject({ ...about, step: z.int(), percentage: z.int() }),
  subject,
  text: ({ endpoint, model, to, percentage }) =>
    `version ${to} of ${model} takes ${percentage} % of endpoint ${endpoint}`,
  sample: { ...sample, step: 0, percentage: 10 },
});

export const RolloutPromoted = defineEvent({
  source,
  type: 'RolloutPromoted',
  version: 1,
  schema: z.strictObject({ ...about, reason: z.string() }),
  subject,
  text: ({ endpoint, model, to, reason }) =>
    `the rollout of version ${to} of ${model} on endpoint ${endpoint} ended well: ${reason}`,
  sample: { ...sample, reason: 'every metric is within its tolerance' },
});

export const RolloutAborted = defineEvent({
  source,
  type: 'RolloutAborted',
  version: 1,
  schema: z.strictObject({ ...about, reason: z.string() }),
  subject,
  text: ({ endpoint, model, from, to, reason }) =>
    `the rollout of version ${to} of ${model} on endpoint ${endpoint} was aborted, ${from} goes on: ${reason}`,
  sample: { ...sample, reason: 'errors: 7.00 % in 200 requests against 0.10 % of the champion' },
});

export const RolloutInconclusive = defineEvent({
  source,
  type: 'RolloutInconclusive',
  version: 1,
  schema: z.strictObject({ ...about, reason: z.string() }),
  subject,
  text: ({ endpoint, model, to, reason }) =>
    `a person has to decide about version ${to} of ${model} on endpoint ${endpoint}: ${reason}`,
  sample: { ...sample, reason: 'quality undecided within P1D' },
});

export const RolloutSuperseded = defineEvent({
  source,
  type: 'RolloutSuperseded',
  version: 1,
  schema: z.strictObject(about),
  subject,
  text: ({ endpoint, model, to }) =>
    `the rollout of version ${to} of ${model} on endpoint ${endpoint} ended: something else is wanted now`,
  sample,
});

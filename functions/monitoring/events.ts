import * as z from 'zod/mini';
import { defineEvent } from '../events/define.ts';

const source = 'slipway.monitoring';
const subject = (data: { endpoint: string }) => `endpoint:${data.endpoint}`;

const windowKind = z.enum(['inputs', 'labels']);
export type WindowKind = z.infer<typeof windowKind>;

const windowData = {
  endpoint: z.string(),
  /** The endpoint's id and the length of its windows. */
  series: z.string(),
  kind: windowKind,
  /** Start of the window, ISO 8601. */
  window: z.string(),
  /** End of the window, ISO 8601. */
  end: z.string(),
};

const sampleWindow = {
  endpoint: 'flight-delay',
  series: '5d1c7a3e0b9f4c2a8e6d1f0a9b8c7d6e:P1D',
  kind: 'inputs' as const,
  window: '2001-03-01T00:00:00Z',
  end: '2001-03-02T00:00:00Z',
};

/** Once per window and kind: its requests (or labels) are complete, as far as the watermark tells. */
export const WindowClosed = defineEvent({
  source,
  type: 'WindowClosed',
  version: 1,
  schema: z.strictObject(windowData),
  subject,
  text: (data) =>
    `the ${data.kind} of window ${data.window} of endpoint ${data.endpoint} are complete`,
  sample: sampleWindow,
});

/** Rows arrived for a window that was closed already: it is evaluated again. */
export const WindowAmended = defineEvent({
  source,
  type: 'WindowAmended',
  version: 1,
  schema: z.strictObject(windowData),
  subject,
  text: (data) => `late ${data.kind} came for window ${data.window} of endpoint ${data.endpoint}`,
  sample: sampleWindow,
});

const breachData = {
  ...windowData,
  model: z.string(),
  version: z.string(),
  column: z.string(),
  metric: z.string(),
  value: z.number(),
  threshold: z.number(),
};

export const DriftDetected = defineEvent({
  source,
  type: 'DriftDetected',
  version: 1,
  schema: z.strictObject(breachData),
  subject,
  text: (data) =>
    `${data.metric} of ${data.column} was ${data.value.toFixed(3)} (limit ${data.threshold.toFixed(3)}) ` +
    `in window ${data.window} of endpoint ${data.endpoint}`,
  sample: {
    ...sampleWindow,
    model: 'flight-delay',
    version: '1',
    column: 'origin_late_rate_24h',
    metric: 'psi',
    value: 0.31,
    threshold: 0.2,
  },
});

export const QualityDegraded = defineEvent({
  source,
  type: 'QualityDegraded',
  version: 1,
  schema: z.strictObject(breachData),
  subject,
  text: (data) =>
    `${data.metric} of version ${data.version} of ${data.model} was ${data.value.toFixed(4)} ` +
    `(limit ${data.threshold.toFixed(4)}) in window ${data.window} of endpoint ${data.endpoint}`,
  sample: {
    ...sampleWindow,
    kind: 'labels' as const,
    model: 'flight-delay',
    version: '1',
    column: ':table',
    metric: 'roc_auc',
    value: 0.66,
    threshold: 0.68,
  },
});

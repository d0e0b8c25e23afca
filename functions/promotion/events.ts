import * as z from 'zod/mini';
import { defineEvent } from '../events/define.ts';

const source = 'slipway.promotion';
export const PromotionDecided = defineEvent({
  source,
  type: 'PromotionDecided',
  version: 1,
  schema: z.strictObject({
    model: z.string(),
    challenger: z.string(),
    /** Null: there was no champion. */
    champion: z.nullable(z.string()),
    verdict: z.enum(['promoted', 'rejected', 'waiting', 'unchanged', 'failed']),
    promotion_id: z.string(),
    metric: z.nullable(z.string()),
    test: z.nullable(z.string()),
    estimate: z.nullable(z.number()),
    interval: z.nullable(z.array(z.number())),
    p_value: z.nullable(z.number()),
    n: z.nullable(z.int()),
    data_digest: z.nullable(z.string()),
    text: z.string(),
  }),
  subject: (data) => `model:${data.model}`,
  text: (data) => data.text,
  sample: {
    model: 'flight-delay',
    challenger: '3',
    champion: '2',
    verdict: 'promoted',
    promotion_id: '01K5A0000000000000000000AA',
    metric: 'roc_auc',
    test: 'delong',
    estimate: 0.014,
    interval: [0.009, 0.019],
    p_value: 0.0001,
    n: 12345,
    data_digest: 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    text: 'version 3 of flight-delay became champion after version 2',
  },
});

export const PromotionReverted = defineEvent({
  source,
  type: 'PromotionReverted',
  version: 1,
  schema: z.strictObject({
    model: z.string(),
    promotion_id: z.string(),
    from: z.string(),
    to: z.string(),
  }),
  subject: (data) => `model:${data.model}`,
  text: (data) =>
    `the promotion of version ${data.from} of ${data.model} was reverted to version ${data.to}`,
  sample: {
    model: 'flight-delay',
    promotion_id: '01K5A0000000000000000000AA',
    from: '3',
    to: '2',
  },
});

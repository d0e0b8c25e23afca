import * as z from 'zod/mini';
import { defineEvent } from '../events/define.ts';

const source = 'slipway.policies';
const subject = (data: { model: string }) => `model:${data.model}`;

export const PolicyChanged = defineEvent({
  source,
  type: 'PolicyChanged',
  version: 1,
  schema: z.strictObject({
    /** A model's name, or a prefix and `*`. */
    model: z.string(),
    revision: z.int(),
    /** Null: there was none in force; the trail has its document under that number. */
    previous_revision: z.optional(z.nullable(z.int())),
    /** The document as it was put. */
    policy: z.record(z.string(), z.unknown()),
  }),
  subject,
  text: (data) => `revision ${data.revision} of the policy of ${data.model} came into force`,
  sample: {
    model: 'flight-delay',
    revision: 2,
    previous_revision: 1,
    policy: { validation: { mode: 'enabled' } },
  },
});

export const PolicyDeleted = defineEvent({
  source,
  type: 'PolicyDeleted',
  version: 1,
  schema: z.strictObject({ model: z.string(), revision: z.int() }),
  subject,
  text: (data) => `revision ${data.revision} of the policy of ${data.model} was withdrawn`,
  sample: { model: 'prod.*', revision: 2 },
});

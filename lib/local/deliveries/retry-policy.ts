import * as z from 'zod';

/** Of a rule's or a schedule's target, with the defaults of both. */
export const retryPolicy = z
  .object({
    MaximumEventAgeInSeconds: z.number().int().min(60).max(86_400).default(86_400),
    MaximumRetryAttempts: z.number().int().min(0).max(185).default(185),
  })
  .default({ MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 });

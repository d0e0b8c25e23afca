import * as z from 'zod/mini';

/** What every task of the state machine gets. */
export const taskInput = z.object({
  execution: z.string(),
  model: z.string(),
  version: z.string(),
});

export type ValidationTaskInput = z.infer<typeof taskInput>;

const checkResult = z.object({
  name: z.string(),
  status: z.enum(['PASSED', 'FAILED', 'ERROR', 'SKIPPED']),
  measured: z.optional(z.number()),
  limit: z.optional(z.object({ min: z.optional(z.number()), max: z.optional(z.number()) })),
  unit: z.optional(z.string()),
  slice: z.optional(z.string()),
  worst: z.optional(z.object({ slice: z.string(), of: z.int() })),
  message: z.string(),
  duration_ms: z.number(),
});

export const checkInput = z.extend(taskInput, {
  check: z.string(),
  /** Why environments of Python models could not be built; empty when they could. */
  unbuilt: z._default(z.string(), ''),
});
export type CheckTaskInput = z.infer<typeof checkInput>;

export const finishInput = z.extend(taskInput, { results: z.array(checkResult) });
export const failInput = z.extend(taskInput, { error: z.string(), cause: z.string() });

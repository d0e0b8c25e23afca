import * as z from 'zod';

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
  measured: z.number().optional(),
  limit: z.object({ min: z.number().optional(), max: z.number().optional() }).optional(),
  unit: z.string().optional(),
  slice: z.string().optional(),
  message: z.string(),
  duration_ms: z.number(),
});

export const checkInput = taskInput.extend({ check: z.string() });
export type CheckTaskInput = z.infer<typeof checkInput>;

export const finishInput = taskInput.extend({ results: z.array(checkResult) });
export const failInput = taskInput.extend({ error: z.string(), cause: z.string() });

import * as z from 'zod/mini';

/** What every task of the state machine gets. */
export const promotionInput = z.object({
  promotion_id: z.string(),
  model: z.string(),
  /** Id of the model; empty where it is not known. */
  model_id: z._default(z.string(), ''),
  version: z.string(),
});

export type PromotionInput = z.input<typeof promotionInput>;

/** The version that was validated; environments that were built for the comparison, and why not. */
export const compareInput = z.extend(promotionInput, {
  registered_at: z._default(z.string(), ''),
  built: z._default(z.array(z.object({ bucket: z.string(), key: z.string() })), []),
  unbuilt: z._default(z.string(), ''),
});

export type CompareInput = z.input<typeof compareInput>;

export const tokenInput = z.extend(promotionInput, { token: z.string() });
export const refuseInput = z.extend(promotionInput, { answer: z.string() });
export const failInput = z.extend(promotionInput, { error: z.string(), cause: z.string() });

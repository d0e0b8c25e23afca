import * as z from 'zod/mini';

/** What every task of the state machine gets. */
export const promotionInput = z.object({
  promotion_id: z.string(),
  model: z.string(),
  version: z.string(),
});

export type PromotionInput = z.infer<typeof promotionInput>;

export const tokenInput = z.extend(promotionInput, { token: z.string() });
export const refuseInput = z.extend(promotionInput, { answer: z.string() });
export const failInput = z.extend(promotionInput, { error: z.string(), cause: z.string() });

import * as z from 'zod';

/** What every task of the state machine gets. */
export const promotionInput = z.object({
  promotion_id: z.string(),
  model: z.string(),
  version: z.string(),
});

export type PromotionInput = z.infer<typeof promotionInput>;

export const tokenInput = promotionInput.extend({ token: z.string() });
export const refuseInput = promotionInput.extend({ answer: z.string() });
export const failInput = promotionInput.extend({ error: z.string(), cause: z.string() });

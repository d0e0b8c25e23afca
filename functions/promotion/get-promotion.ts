import * as z from 'zod/mini';
import { fromPageToken, toPageToken } from '../mlflow/index.ts';
import { notFound } from '../shared/errors.ts';
import type { Promotion } from './promotion.ts';
import { findPromotion, listPromotions } from './promotion-store.ts';

const DEFAULT_LIMIT = 100;

export async function getPromotion(id: string): Promise<Promotion> {
  const promotion = await findPromotion(id);
  if (!promotion) throw notFound(`Promotion ${id} does not exist`);
  return promotion;
}

export const listPromotionsQuery = z.strictObject({
  limit: z.optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(1000))),
  page_token: z.optional(z.string()),
});

/** Promotions of a model, newest first. */
export async function promotionsOf(
  model: string,
  { limit = DEFAULT_LIMIT, page_token: token }: z.infer<typeof listPromotionsQuery>,
): Promise<{ promotions: Promotion[]; next_page_token?: string }> {
  const startKey = fromPageToken<Record<string, unknown>>(token);
  const page = await listPromotions(model, { limit, ...(startKey && { startKey }) });
  const { promotions, nextKey } = page;
  if (!nextKey) return { promotions };
  return { promotions, next_page_token: toPageToken(nextKey) };
}

import { findApproval } from '../approvals/index.ts';
import type { Promotion } from './promotion.ts';

type Question = Pick<Promotion, 'id' | 'champion'>;

/**
 * The request that asks about a promotion as it stands. What was asked about another champion is another
 * question, on other evidence: it keeps its answer, and its id is the promotion's.
 */
export async function approvalIdOf({ id, champion }: Question): Promise<string> {
  const first = await findApproval(id);
  return !first || first.champion === champion ? id : `${id}-${champion ?? 'none'}`;
}

/** Whether people approved that this challenger replaces just this champion. */
export const isApproved = async (promotion: Question): Promise<boolean> =>
  (await findApproval(await approvalIdOf(promotion)))?.status === 'APPROVED';

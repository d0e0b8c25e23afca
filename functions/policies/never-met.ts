import { largestGain, type MetricName } from './metric.ts';
import type { Policy } from './policy.ts';

/** What is wrong, and where in the document. */
interface Flaw {
  readonly path: string;
  readonly message: string;
}

/**
 * What no model, and no vote, could ever meet, though each field by itself is right. Looked for when a
 * policy is put only: one that is in force stays so, whatever later releases find in it.
 */
export function neverMet({ validation, promotion, approval }: Policy): Flaw[] {
  const rules = [
    ...(validation?.thresholds ?? []).map((rule, i) => ({
      rule,
      at: `validation.thresholds.${i}`,
    })),
    ...(validation?.slices ?? []).map((rule, i) => ({ rule, at: `validation.slices.${i}` })),
  ];
  return [
    ...rules.flatMap(({ rule, at }) =>
      (['min_change_vs_champion', 'min_change_vs_baseline'] as const)
        .filter((limit) => (rule[limit] ?? 0) > largestGain(rule.metric))
        .map((limit) => outOfReach(rule.metric, rule[limit], `${at}.${limit}`)),
    ),
    // Superior is more than the margin: the largest gain that there can be is not enough for itself.
    ...(promotion?.rule === 'superior' && promotion.margin >= largestGain(promotion.metric)
      ? [outOfReach(promotion.metric, promotion.margin, 'promotion.margin')]
      : []),
    ...(approval ? tooFewPeople(approval) : []),
  ];
}

const outOfReach = (metric: MetricName, gain: number | null | undefined, path: string): Flaw => ({
  path,
  message: `${gain} is never met: no ${metric} exceeds another by so much`,
});

/** How many people a group has nobody knows here; of names alone there may be too few. */
function tooFewPeople({
  approvers = [],
  escalation,
  quorum,
}: NonNullable<Policy['approval']>): Flaw[] {
  const all = new Set([...approvers, ...(escalation?.to ?? [])]);
  const anybody = approvers.length === 0 || [...all].some((name) => name.startsWith('group:'));
  if (anybody || quorum <= all.size) return [];
  const message = `${quorum} is never met: ${all.size} may answer`;
  return [{ path: 'approval.quorum', message }];
}

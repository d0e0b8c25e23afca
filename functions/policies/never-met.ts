import { addDuration, DAY_MS, parseDuration, SECOND_MS } from '../shared/duration.ts';
import { isLoss, largestGain, type MetricName } from './metric.ts';
import type { Policy } from './policy.ts';

/** What is wrong, and where in the document. */
export interface Flaw {
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
    ...nothingToLookAt(validation),
    ...rules.flatMap(({ rule, at }) =>
      (['min_change_vs_champion', 'min_change_vs_baseline'] as const)
        .filter((limit) => (rule[limit] ?? 0) > largestGain(rule.metric))
        .map((limit) => outOfReach(rule.metric, rule[limit], `${at}.${limit}`)),
    ),
    ...rules.flatMap(({ rule, at }) => {
      const limit = rule.min_relative_change_vs_champion ?? 0;
      if (limit <= 1 || !isLoss(rule.metric)) return [];
      const message = `${limit} is never met: no ${rule.metric} falls by more than all of it`;
      return [{ path: `${at}.min_relative_change_vs_champion`, message }];
    }),
    // Superior is more than the margin: the largest gain that there can be is not enough for itself.
    ...(promotion?.rule === 'superior' && promotion.margin >= largestGain(promotion.metric)
      ? [outOfReach(promotion.metric, promotion.margin, 'promotion.margin')]
      : []),
    ...(approval ? [...tooFewPeople(approval), ...noTime(approval)] : []),
  ];
}

/** Rules about rows that nobody named: each version would fail. */
function nothingToLookAt(validation: Policy['validation']): Flaw[] {
  if (!validation || validation.evaluation_data) return [];
  const { thresholds = [], slices = [], baseline } = validation;
  const given = { thresholds: thresholds.length > 0, slices: slices.length > 0, baseline };
  return Object.entries(given)
    .filter(([, there]) => there)
    .map(([field]) => ({
      path: `validation.${field}`,
      message: 'needs evaluation_data to look at',
    }));
}

const outOfReach = (metric: MetricName, gain: number | null | undefined, path: string): Flaw => ({
  path,
  message: `${gain} is never met: no ${metric} exceeds another by so much`,
});

/** A state machine waits for people; an execution lives for a year at most. */
function noTime({ expires_in }: NonNullable<Policy['approval']>): Flaw[] {
  const time = addDuration(0, parseDuration(expires_in));
  if (time >= SECOND_MS && time <= 365 * DAY_MS) return [];
  return [{ path: 'approval.expires_in', message: `${expires_in} is not between PT1S and P365D` }];
}

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

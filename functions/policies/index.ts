export type { FeatureLookup } from './feature-lookup.ts';
export { followRename as movePolicy } from './follow-rename.ts';
export { METRICS } from './metric.ts';
export type {
  MetricName,
  NotifyPolicy,
  PolicyRevision,
  PromotionPolicy,
  RetrainingPolicy,
  ValidationPolicy,
} from './policy.ts';
export { policyFor } from './policy-for.ts';

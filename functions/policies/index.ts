export type {
  ApprovalPolicy,
  MetricName,
  Policy,
  PolicyRevision,
  PromotionPolicy,
  RetrainingPolicy,
  ValidationPolicy,
} from './policy.ts';
export { METRICS } from './policy.ts';
export { policyFor } from './policy-for.ts';

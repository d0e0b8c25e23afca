/** The door of the pipelines domain. */
export type { RetrainingDecision } from './retraining.ts';
export { getDecisions } from './retraining-store.ts';

/** The door of the pipelines domain. */
export { type ExecutionCost, findExecutionCost } from './execution-cost.ts';
export { EXECUTION_TAG } from './execution-tag.ts';
export type { PipelineNotifications } from './pipeline.ts';
export { getExecution, getPipeline } from './pipeline-store.ts';
export type { RetrainingDecision } from './retraining.ts';
export { getDecisions } from './retraining-store.ts';

/** The door of the pipelines domain. */
export { type ExecutionCost, findExecutionCost } from './executions/execution-cost.ts';
export { EXECUTION_TAG } from './executions/execution-tag.ts';
export type { PipelineNotifications } from './pipeline.ts';
export { getExecution, getPipeline } from './pipeline-store.ts';
export type { RetrainingDecision } from './retraining/retraining.ts';
export { getDecisions } from './retraining/retraining-store.ts';

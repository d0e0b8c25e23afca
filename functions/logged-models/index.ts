export { type LinkedMetric, logModelMetrics } from './log-model-metrics.ts';
export type { LoggedModel } from './logged-model.ts';
export { findModel, loadModel } from './model-store.ts';
export { registrationWrite } from './registration.ts';

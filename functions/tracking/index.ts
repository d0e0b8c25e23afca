export { createRun } from './create-run.ts';
export { experimentIdByName } from './experiment-store.ts';
export { createExperiment } from './experiments.ts';
export type { Run, RunStatus } from './run.ts';
export { findRun, loadRun } from './run-store.ts';
export { updateRun } from './update-run.ts';

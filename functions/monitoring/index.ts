/** The door of the monitoring domain. */
export { covers } from './breaches.ts';
export type { Breach, InputsEvaluation, LabelsEvaluation, WindowRecord } from './window.ts';
export { windowsDownFrom } from './window-store.ts';

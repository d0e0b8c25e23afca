/** The door of the monitoring domain. */
export { covers } from './breaches.ts';
export { readNewestRequests } from './inference-log-store.ts';
export { dollarsOf, type Metered, meterRequest } from './request-cost.ts';
export type { Breach, WindowRecord } from './window.ts';
export { windowsDownFrom } from './window-store.ts';

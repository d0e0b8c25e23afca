/** The door of the monitoring domain. */

export { readNewestRequests } from './inference-log-store.ts';
export { dollarsOf, type Metered, meterRequest } from './request-cost.ts';
export { covers } from './windows/breaches.ts';
export type { Breach, WindowRecord } from './windows/window.ts';
export { windowsDownFrom } from './windows/window-store.ts';

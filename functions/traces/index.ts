export { loadTrace } from './get-trace.ts';
export { countTracesOfIssue } from './link-store.ts';
export type { Trace } from './trace.ts';

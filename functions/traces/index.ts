export { loadTrace } from './get-trace.ts';
export { countTracesOfIssue } from './links/link-store.ts';
export type { Trace } from './trace.ts';

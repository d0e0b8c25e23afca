export { loadTrace } from './get-trace.ts';
export type { Trace } from './trace.ts';

import { defineTable } from '../shared/declare.ts';

/** Traces: a record each, its copy in the list of the experiment, and spans in packed chunks. */
export const tracesTable = defineTable({
  name: 'traces',
  stream: false,
  indexes: {},
  patterns: {
    trace: { key: 'pk = TRACE#<trace_id>, sk = META', by: 'findTrace' },
    tracesByIds: { key: 'pk = TRACE#<trace_id>, sk = META', by: 'findTraces' },
    spansOfTrace: {
      key: 'pk = TRACE#<trace_id>, sk from META to SPANS#<hash>#<part>',
      by: 'loadWithSpans',
    },
    tracesOfExperiment: {
      key: 'pk = EXPERIMENT#<id>, sk = TRACE#<request time, newest first>#<trace_id>',
      by: 'tracesOfExperiment',
    },
    tracesLinkedToRun: { key: 'pk = RUN#<run_id>, sk = <trace_id>', by: 'linkedTraces' },
    tracesAssessedByRun: {
      key: 'pk = ASSESSING_RUN#<run_id>, sk = <trace_id>',
      by: 'linkedTraces',
    },
    runsThatAssess: { key: 'pk = ASSESSED_BY#<run_id>, sk = META', by: 'assessingRuns' },
    tracesLinkedToIssue: { key: 'pk = ISSUE#<issue id>, sk = <trace_id>', by: 'linkedTraces' },
    tracesLinkedToPrompt: {
      key: 'pk = PROMPT#<name>/<version>, sk = <trace_id>',
      by: 'linkedTraces',
    },
  },
});

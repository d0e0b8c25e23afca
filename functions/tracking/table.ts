import { defineTable } from '../shared/declare.ts';

/** Experiments and runs with their tags, params and inputs. */
export const trackingTable = defineTable({
  name: 'tracking',
  stream: true,
  ttl: 'expiresAt',
  indexes: {},
  patterns: {
    experiment: { key: 'pk = EXPERIMENT#<id>, sk = META', by: 'getExperiment' },
    experimentByName: { key: 'pk = EXPERIMENT_NAME#<name>, sk = META', by: 'getExperimentByName' },
    experiments: { key: 'pk = EXPERIMENTS, sk = <id>', by: 'listExperiments' },
    runsOfExperiment: { key: 'pk = EXPERIMENT#<id>, sk begins with RUN#', by: 'listRuns' },
    run: { key: 'pk = RUN#<run_id>, sk = META', by: 'getRun' },
    inputsOfRun: { key: 'pk = RUN#<run_id>, sk begins with INPUT#', by: 'listInputs' },
  },
});

/** Metric points, packed: one item a log call. */
export const metricsTable = defineTable({
  name: 'metrics',
  stream: false,
  indexes: {},
  patterns: {
    metricsOfRun: { key: 'pk = RUN#<run_id>, sk = <ulid>', by: 'readChunks' },
  },
});

import { defineTable } from '../shared/declare.ts';

/** Experiments, runs and logged models with their tags, params and inputs. */
export const trackingTable = defineTable({
  name: 'tracking',
  stream: true,
  ttl: 'expiresAt',
  indexes: {},
  patterns: {
    experiment: { key: 'pk = EXPERIMENT#<id>, sk = META', by: 'findExperiment' },
    experimentByName: { key: 'pk = EXPERIMENT_NAME#<name>, sk = META', by: 'experimentIdByName' },
    experiments: { key: 'pk = EXPERIMENTS, sk = <id>', by: 'allExperiments' },
    freshRuns: {
      key: 'pk = EXPERIMENT#<id>, sk = FRESH#<start time, newest first>#<run_id>',
      by: 'freshRuns',
    },
    stageOfSettledRuns: { key: 'pk = EXPERIMENT#<id>, sk = FRESH_STAGE', by: 'loadMark' },
    soughtRuns: { key: 'pk = EXPERIMENT#<id>, sk = SOUGHT', by: 'askToSettle' },
    segmentsOfExperiment: { key: 'pk = EXPERIMENT#<id>, sk = SEGMENTS', by: 'loadManifest' },
    segment: { key: 'pk = SEGMENT#<ulid>, sk = ROWS', by: 'loadSegments' },
    run: { key: 'pk = RUN#<run_id>, sk = META', by: 'findRun' },
    pairsOfWideRun: { key: 'pk = RUN#<run_id>, sk = PAIRS#<page>', by: 'withPages' },
    inputsOfRun: { key: 'pk = RUN#<run_id>, sk begins with INPUT#', by: 'inputsOfRun' },
    signaturesOfRun: {
      key: 'pk = RUN#<run_id>, sk = SIGNATURE#<of the path>',
      by: 'signaturesOfRun',
    },
    datasetsOfExperiment: {
      key: 'pk = EXPERIMENT#<id>, sk begins with DATASET#',
      by: 'datasetsOfExperiment',
    },
    firstRunOfDataset: {
      key: 'pk = EXPERIMENT#<id>, sk = DATASET_FIRST#<of name and digest>',
      by: 'noteDataset',
    },
    loggedModel: { key: 'pk = LOGGED_MODEL#<model_id>, sk = META', by: 'findModels' },
    evaluationDataset: { key: 'pk = EVAL_DATASET#<id>, sk = META', by: 'findDataset' },
    evaluationDatasets: {
      key: 'pk = EVAL_DATASETS, sk = <creation time>#<id>',
      by: 'allDatasets',
    },
    evaluationDatasetsOfExperiment: {
      key: 'pk = EXPERIMENT#<id>, sk begins with EVAL_DATASET#',
      by: 'datasetsOfExperiments',
    },
    experimentsOfEvaluationDataset: {
      key: 'pk = EVAL_DATASET#<id>, sk begins with EXPERIMENT#',
      by: 'experimentsOfDataset',
    },
    recordsOfDataset: {
      key: 'pk = EVAL_DATASET#<id>, sk begins with RECORD#<record id, oldest first>',
      by: 'recordsAfter',
    },
    recordByInputs: {
      key: 'pk = EVAL_DATASET#<id>, sk = HASH#<of the inputs>',
      by: 'recordsByHash',
    },
    scorersOfExperiment: {
      key: 'pk = EXPERIMENT#<id>, sk begins with SCORER#<name>',
      by: 'scorersOf',
    },
    versionsOfScorer: {
      key: 'pk = SCORER#<id>, sk begins with VERSION#<8 digits>',
      by: 'versionsOf',
    },
    onlineScoring: { key: 'pk = SCORER#<id>, sk = ONLINE', by: 'findOnline' },
    issue: { key: 'pk = ISSUE#<id>, sk = META', by: 'findIssue' },
    issuesBySeverity: {
      key: 'pk = ISSUES or EXPERIMENT#<id>, sk begins with ISSUE#<severity>#<creation time>#<id>',
      by: 'listIssues',
    },
    loggedModelsOfExperiment: {
      key: 'pk = EXPERIMENT#<id>, sk = MODEL#<creation time, newest first>#<model_id>',
      by: 'modelsOfExperiment',
    },
  },
});

/** Metric points, packed: recent log calls in one item of the run, older ones in blocks. */
export const metricsTable = defineTable({
  name: 'metrics',
  stream: false,
  indexes: {},
  patterns: {
    openItems: { key: 'pk = RUN#<run_id>, sk = OPEN', by: 'openItems' },
    openMetrics: { key: 'pk = RUN#<run_id>, sk = OPEN', by: 'appendMetrics' },
    latestOfRuns: {
      key: 'pk = RUN#<run_id>, sk = OPEN, SUMMARY and pending SEALED#',
      by: 'latestOfRuns',
    },
    metricsOfLoggedModel: {
      key: 'pk = EXPERIMENT#<id>, sk begins with MODEL#<model_id>#',
      by: 'metricsOfModel',
    },
    metricsOfLoggedModels: {
      key: 'pk = EXPERIMENT#<id>, sk begins with MODEL#',
      by: 'metricsOfModels',
    },
    blocksOfRun: {
      key: 'pk = RUN#<run_id>, sk from SEALED#<time of the latest point>#<ulid>',
      by: 'historyOf',
    },
  },
});

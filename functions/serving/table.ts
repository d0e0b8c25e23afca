import { defineTable } from '../shared/declare.ts';

/** Endpoints, inference log, windows, pipelines and the audit log. */
export const platformTable = defineTable({
  name: 'platform',
  stream: true,
  ttl: 'expiresAt',
  indexes: {
    byKind: { partitionKey: 'kind', sortKey: 'name', projection: 'ALL' },
    byClientRequest: { partitionKey: 'clientRequest', projection: 'KEYS_ONLY' },
    byRollout: {
      partitionKey: 'rollout',
      sortKey: 'arrival',
      projection: [
        'arm',
        'share',
        'failed',
        'unit',
        'executionTimeMs',
        'eventTime',
        'timestampMs',
        'request',
        'label',
      ],
    },
    bySubject: { partitionKey: 'subject', sortKey: 'sk', projection: 'ALL' },
  },
  patterns: {
    endpoint: { key: 'pk = ENDPOINT#<name>, sk = META', by: 'getEndpoint' },
    configurations: { key: 'pk = ENDPOINT#<name>, sk begins with CONFIG#', by: 'listConfigs' },
    live: { key: 'pk = ENDPOINT#<name>, sk = LIVE', by: 'getLive' },
    batch: { key: 'pk = BATCH#<id>, sk = META | PART#<index>', by: 'getBatch' },
    rollouts: { key: 'pk = ENDPOINT#<name>, sk begins with ROLLOUT#', by: 'listRolloutPage' },
    requestsOfRollout: {
      key: 'rollout = <rollout>#<shard> until it is counted',
      index: 'byRollout',
      by: 'readArrivals',
    },
    endpoints: { key: 'kind = endpoint', index: 'byKind', by: 'listEndpointRows' },
    endpointsOfAlias: { key: 'pk = BINDING#<model>@<alias>', by: 'endpointsBoundTo' },
    metrics: { key: 'pk = SERVED#<endpoint id>, sk = <entity>', by: 'listMetrics' },
    preparation: {
      key: 'pk = SCORER#<endpoint id>, sk = <model>#<version>',
      by: 'getPreparation',
    },
    rateLimitCounter: { key: 'pk = RATE#<endpoint id>#<who>, sk = <minute>', by: 'addToCounter' },
    endpointsOfVersion: { key: 'pk = SERVES#<model>#<version>', by: 'endpointsServing' },
    inferenceLog: { key: 'pk = LOG#<endpoint>#<window>#<shard>', by: 'readWindowLog' },
    requestOfLabel: {
      key: 'clientRequest = <endpoint>#<client_request_id>',
      index: 'byClientRequest',
      by: 'findRequest',
    },
    logTable: { key: 'pk = LOGTABLE#<series>, sk = STATE', by: 'compactedUntil' },
    windows: { key: 'pk = WINDOWS#<endpoint>, sk = STATE | <window>', by: 'listWindowPage' },
    pipelines: { key: 'pk = PIPELINE#<name>, sk = META | LOCK', by: 'getPipeline' },
    triggers: { key: 'pk = TRIGGERS#<detail-type>', by: 'pipelinesTriggeredBy' },
    executions: { key: 'pk = PIPELINE#<name>, sk begins with EXECUTION#', by: 'listExecutionPage' },
    steps: { key: 'pk = EXECUTION#<id>, sk begins with STEP#', by: 'listSteps' },
    execution: { key: 'pk = EXECUTION#<id>, sk = META', by: 'getExecution' },
    retraining: { key: 'pk = RETRAINING#<model>, sk = STATE | <window>#…', by: 'getDecisions' },
    auditLog: { key: 'pk = EVENTS#<block>, sk = <seq>', by: 'readBlock' },
    auditLogOfSubject: {
      key: 'subject = <subject>, sk between seqs',
      index: 'bySubject',
      by: 'readSubject',
    },
  },
});

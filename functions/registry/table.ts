import { defineTable } from '../shared/declare.ts';

/** Models with their versions and aliases, policies, verdicts, promotions and approvals. */
export const registryTable = defineTable({
  name: 'registry',
  stream: true,
  ttl: 'expiresAt',
  indexes: {
    byKind: { partitionKey: 'kind', sortKey: 'name', projection: 'ALL' },
    byRecency: { partitionKey: 'listed', sortKey: 'recency', projection: 'ALL' },
    byModel: { partitionKey: 'promotionOf', sortKey: 'promotedAt', projection: 'ALL' },
    byStatus: { partitionKey: 'approvalStatus', sortKey: 'requestedAt', projection: 'ALL' },
  },
  patterns: {
    model: { key: 'pk = MODEL#<name>, sk = META', by: 'getModel' },
    models: { key: 'kind = model, name from <name>', index: 'byKind', by: 'listModels' },
    version: { key: 'pk = MODEL#<name>, sk = VERSION#<8 digits>', by: 'getVersion' },
    versions: { key: 'pk = MODEL#<name>, sk begins with VERSION#', by: 'listVersions' },
    aliases: { key: 'pk = MODEL#<name>, sk begins with ALIAS#', by: 'listAliases' },
    freshVersions: { key: 'listed = version', index: 'byRecency', by: 'listFresh' },
    versionManifest: { key: 'pk = VERSIONS, sk = SEGMENTS', by: 'loadManifest' },
    versionSegment: { key: 'pk = SEGMENT#<id>, sk = ROWS', by: 'loadSegments' },
    goneVersion: { key: 'pk = GONE#<name>, sk = <8 digits>', by: 'versionDeletes' },
    versionsOfRun: { key: 'pk = RUN#<run_id>', by: 'versionsOfRun' },
    modelOfId: { key: 'pk = MODELID#<id>, sk = META', by: 'getModelById' },
    requests: {
      key: 'pk = MODEL#<name>, sk begins with REQUEST#<8 digits>#',
      by: 'listRequests',
    },
    activities: {
      key: 'pk = MODEL#<name>, sk begins with ACTIVITY#<8 digits>#, newest first',
      by: 'listActivities',
    },
    comment: {
      key: 'pk = COMMENT#<id> → pk = MODEL#<name>, sk = COMMENT#<8 digits>#<id>',
      by: 'findComment',
    },
    policy: { key: 'pk = POLICY#<name>, sk = META', by: 'getPolicyRow' },
    prefixPolicies: { key: 'pk = POLICY#*, sk = <prefix>*', by: 'listPrefixPolicies' },
    validation: { key: 'pk = MODEL#<name>, sk = VALIDATION#<8 digits>', by: 'findValidation' },
    promotion: { key: 'pk = PROMOTION#<id>, sk = META', by: 'findPromotion' },
    promotionsOfModel: {
      key: 'promotionOf = <model>, newest first',
      index: 'byModel',
      by: 'listPromotions',
    },
    approval: { key: 'pk = APPROVAL#<id>, sk = META', by: 'findApproval' },
    approvalLink: { key: 'pk = APPROVAL#<id>, sk = LINK#<link id>', by: 'findLink' },
    webhook: { key: 'pk = WEBHOOKS, sk = <id>', by: 'findWebhook' },
    webhooks: { key: 'pk = WEBHOOKS, newest first', by: 'allWebhooks' },
    lane: { key: 'pk = WEBHOOK#<id>, sk = LANE', by: 'enterLane' },
    pendingDeliveries: {
      key: 'pk = WEBHOOK#<id>, sk begins with PENDING#<due>',
      by: 'listPending',
    },
    packedDeliveries: {
      key: 'pk = WEBHOOK#<id>, sk begins with PENDING#, those with packed deliveries',
      by: 'packedDeliveries',
    },
    delivery: { key: 'pk = WEBHOOK#<id>, sk = DELIVERY#<id>', by: 'findDelivery' },
    deliveries: {
      key: 'pk = WEBHOOK#<id>, sk begins with DELIVERY#, newest first',
      by: 'listDeliveries',
    },
    approvalsByStatus: {
      key: 'approvalStatus = <status>, newest first',
      index: 'byStatus',
      by: 'listApprovals',
    },
  },
});

import { modelOf, type Notice, type PlatformEvent } from './notice.ts';

const STAGES = ['STAGING', 'PRODUCTION', 'ARCHIVED'];

/** Events of Databricks' workspace registry. */
const DATABRICKS_EVENTS = [
  'REGISTERED_MODEL_CREATED',
  'MODEL_VERSION_CREATED',
  'MODEL_VERSION_TRANSITIONED_STAGE',
  ...STAGES.map((stage) => `MODEL_VERSION_TRANSITIONED_TO_${stage}`),
  'MODEL_VERSION_TAG_SET',
  'TRANSITION_REQUEST_CREATED',
  ...STAGES.map((stage) => `TRANSITION_REQUEST_TO_${stage}_CREATED`),
  'COMMENT_CREATED',
];

/** Events that Slipway adds, by the type on the bus. */
const OWN_EVENTS: Readonly<Record<string, string>> = {
  ModelVersionValidated: 'MODEL_VERSION_VALIDATED',
  ModelAliasMoved: 'MODEL_ALIAS_MOVED',
  PromotionDecided: 'PROMOTION_DECIDED',
  ApprovalRequested: 'APPROVAL_REQUESTED',
  ApprovalGranted: 'APPROVAL_GRANTED',
  ApprovalDenied: 'APPROVAL_DENIED',
  ApprovalExpired: 'APPROVAL_EXPIRED',
  ApprovalEscalated: 'APPROVAL_ESCALATED',
  EndpointVersionSwitched: 'ENDPOINT_VERSION_SWITCHED',
  DriftDetected: 'DRIFT_DETECTED',
  QualityDegraded: 'QUALITY_DEGRADED',
  WebhookDisabled: 'WEBHOOK_DISABLED',
};

export const DATABRICKS_NAMES: readonly string[] = [
  ...DATABRICKS_EVENTS,
  ...Object.values(OWN_EVENTS),
];

/** Only for the whole registry: there is no model yet that somebody could have asked about. */
export const REGISTRY_WIDE: readonly string[] = ['REGISTERED_MODEL_CREATED', 'WEBHOOK_DISABLED'];

/** Names of an event, the more exact ones first. */
export function databricksNames({ type, data }: PlatformEvent): string[] {
  const stage = String(data.to ?? data.to_stage ?? '').toUpperCase();
  const exact = (name: (stage: string) => string) => (STAGES.includes(stage) ? [name(stage)] : []);
  switch (type) {
    case 'RegisteredModelCreated':
      return ['REGISTERED_MODEL_CREATED'];
    case 'ModelVersionRegistered':
      return ['MODEL_VERSION_CREATED'];
    case 'ModelStageChanged':
      return [
        ...exact((to) => `MODEL_VERSION_TRANSITIONED_TO_${to}`),
        'MODEL_VERSION_TRANSITIONED_STAGE',
      ];
    case 'ModelTagSet':
      return data.version === null ? [] : ['MODEL_VERSION_TAG_SET'];
    case 'TransitionRequested':
      return [
        ...exact((to) => `TRANSITION_REQUEST_TO_${to}_CREATED`),
        'TRANSITION_REQUEST_CREATED',
      ];
    case 'CommentCreated':
      return ['COMMENT_CREATED'];
    default:
      return OWN_EVENTS[type] ? [OWN_EVENTS[type]] : [];
  }
}

/** The event in Databricks' flat form; Slack takes it as it is because of `text`. */
export function databricksNotice(event: PlatformEvent): Notice {
  const { data } = event;
  const { from, to, from_stage = from, to_stage = to } = data;
  const own = OWN_EVENTS[event.type] !== undefined;
  const body = (name: string, webhookId: string) =>
    JSON.stringify({
      event: name,
      webhook_id: webhookId,
      event_timestamp: Date.parse(event.metadata.time),
      text: event.text,
      ...(modelOf(event) !== undefined && { model_name: data.model }),
      ...(data.version !== undefined && data.version !== null && { version: data.version }),
      ...(own
        ? { data }
        : {
            ...(from_stage !== undefined && { from_stage }),
            ...(to_stage !== undefined && { to_stage }),
            ...(data.comment !== undefined && { comment: data.comment }),
            ...(event.type === 'ModelTagSet' && { tags: [{ key: data.key, value: data.value }] }),
          }),
    });
  return { names: databricksNames(event), body };
}

/** The body that a test of a webhook sends. */
export function databricksExample(name: string, webhookId: string, now: number): string {
  const stages = STAGES.map((stage) => `${stage.charAt(0)}${stage.slice(1).toLowerCase()}`);
  const to = stages.find((stage) => name.includes(`TO_${stage.toUpperCase()}`)) ?? 'Production';
  return JSON.stringify({
    event: name,
    webhook_id: webhookId,
    event_timestamp: now,
    text: `a test of webhook ${webhookId} for ${name}`,
    model_name: 'example-model',
    ...(name !== 'REGISTERED_MODEL_CREATED' && { version: '1' }),
    ...(/TRANSITION/.test(name) && { from_stage: 'None', to_stage: to }),
    ...(name === 'COMMENT_CREATED' && { comment: 'an example' }),
    ...(name === 'MODEL_VERSION_TAG_SET' && {
      tags: [{ key: 'example_key', value: 'example_value' }],
    }),
  });
}

import { defineFunctions } from '../shared/declare.ts';

const common = {
  REGISTRY_TABLE: { table: 'registry', access: 'readWrite' },
  WEBHOOK_QUEUE: { queue: 'webhook-deliveries' },
  WEBHOOK_SECRETS_KEY: { setting: 'webhookSecretsKey' },
  ALLOW_PRIVATE_WEBHOOKS: { setting: 'allowPrivateWebhooks' },
} as const;

export const webhooksFunctions = defineFunctions({
  webhooks: {
    entry: 'functions/webhooks/webhooks.lambda.ts',
    purpose: 'Webhooks of both dialects, and the consumer that makes a delivery for each of them.',
    memoryMb: 512,
    timeoutSeconds: 29,
    environment: common,
    triggers: [
      {
        events: [
          'RegisteredModelCreated',
          'RegisteredModelRenamed',
          'RegisteredModelDeleted',
          'ModelVersionRegistered',
          'ModelTagSet',
          'ModelTagDeleted',
          'ModelAliasMoved',
          'ModelStageChanged',
          'TransitionRequested',
          'CommentCreated',
          'ModelVersionValidated',
          'PromotionDecided',
          'ApprovalRequested',
          'ApprovalGranted',
          'ApprovalDenied',
          'ApprovalExpired',
          'ApprovalEscalated',
          'EndpointVersionSwitched',
          'DriftDetected',
          'QualityDegraded',
          'WebhookDisabled',
        ],
      },
    ],
  },
  'webhooks-deliver': {
    entry: 'functions/webhooks/webhooks-deliver.lambda.ts',
    purpose: 'Calls the receivers of webhooks; apart because it waits for other people’s servers.',
    memoryMb: 256,
    timeoutSeconds: 30,
    environment: { ...common, WEBHOOK_FAILURE_LIMIT: { setting: 'webhookFailureLimit' } },
    triggers: [{ queue: 'webhook-deliveries' }],
  },
});

import { defineFunctions } from '../shared/declare.ts';

export const notificationsFunctions = defineFunctions({
  notifications: {
    entry: 'functions/notifications/notifications.lambda.ts',
    purpose: 'Tells people of events that policies, pipelines and endpoints name them for.',
    memoryMb: 256,
    timeoutSeconds: 10,
    environment: {
      PLATFORM_TABLE: { table: 'platform', access: 'readWrite' },
      REGISTRY_TABLE: { table: 'registry', access: 'read' },
      NOTIFICATIONS_TOPIC: { topic: 'notifications' },
    },
    triggers: [
      {
        events: [
          'ModelVersionValidated',
          'ApprovalRequested',
          'ApprovalEscalated',
          'ApprovalGranted',
          'ApprovalDenied',
          'ApprovalExpired',
          'PromotionDecided',
          'PromotionReverted',
          'DriftDetected',
          'QualityDegraded',
          'TrainingRequested',
          'PipelineSucceeded',
          'PipelineFailed',
          'EndpointVersionSwitched',
          'EndpointSwitchFailed',
          'EndpointDegraded',
          'RolloutAborted',
          'RolloutInconclusive',
          'WebhookDisabled',
        ],
      },
    ],
  },
});

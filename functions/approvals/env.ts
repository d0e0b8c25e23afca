import { defineFunctions } from '../shared/declare.ts';

export const approvalsFunctions = defineFunctions({
  approvals: {
    entry: 'functions/approvals/approvals.lambda.ts',
    purpose:
      'Takes people’s answers; the only one that may let a waiting promotion or rollout go on.',
    memoryMb: 256,
    timeoutSeconds: 29,
    environment: {
      REGISTRY_TABLE: { table: 'registry', access: 'readWrite' },
      STATE_MACHINE_PROMOTE: { stateMachine: 'promote', answers: true },
      STATE_MACHINE_ROLLOUT: { stateMachine: 'rollout', answers: true },
    },
    triggers: [
      {
        events: ['ApprovalGranted', 'ApprovalDenied', 'ApprovalExpired', 'RegisteredModelRenamed'],
      },
    ],
  },
});

import { defineFunctions } from '../shared/declare.ts';

export const validationFunctions = defineFunctions({
  validation: {
    entry: 'functions/validation/validation.lambda.ts',
    purpose: 'Starts the validation of new versions and answers verdicts; it reads no artefact.',
    memoryMb: 256,
    timeoutSeconds: 29,
    environment: {
      REGISTRY_TABLE: { table: 'registry', access: 'readWrite' },
      STATE_MACHINE_VALIDATE: { stateMachine: 'validate' },
    },
    triggers: [
      { events: ['ModelVersionRegistered', 'RegisteredModelRenamed'], failuresOf: ['validate'] },
    ],
  },
  'validation-tasks': {
    entry: 'functions/validation/validation-tasks.lambda.ts',
    purpose:
      'Runs the checks: loads artefacts and scores evaluation data, hence the memory and time.',
    memoryMb: 1769,
    timeoutSeconds: 300,
    environment: {
      REGISTRY_TABLE: { table: 'registry', access: 'readWrite' },
      TRACKING_TABLE: { table: 'tracking', access: 'read' },
      ARTIFACTS_BUCKET: { bucket: 'artifacts', access: 'read' },
      ARTIFACT_ROOT: { setting: 'artifactRoot' },
      SERVING_PYTHON_FUNCTION: { function: 'serving-python' },
    },
    taskOf: ['validate'],
  },
  'validation-custom': {
    entry: 'functions/validation/validation-custom.lambda.ts',
    purpose:
      'Asks the functions and services that policies name; it reads no artefact and writes nothing.',
    memoryMb: 256,
    timeoutSeconds: 90,
    environment: {
      REGISTRY_TABLE: { table: 'registry', access: 'read' },
      ALLOW_PRIVATE_WEBHOOKS: { setting: 'allowPrivateWebhooks' },
    },
    taskOf: ['validate'],
  },
});

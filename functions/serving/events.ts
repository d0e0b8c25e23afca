import * as z from 'zod/mini';
import { defineEvent } from '../events/define.ts';

const source = 'slipway.serving';
const subject = (data: { endpoint: string }) => `endpoint:${data.endpoint}`;

export const EndpointConfigChanged = defineEvent({
  source,
  type: 'EndpointConfigChanged',
  version: 1,
  schema: z.strictObject({
    endpoint: z.string(),
    config: z.int(),
    previous: z.nullable(z.int()),
  }),
  subject,
  text: (data) => `endpoint ${data.endpoint} was given configuration ${data.config}`,
  sample: { endpoint: 'flight-delay', config: 2, previous: 1 },
});

export const EndpointSettingsChanged = defineEvent({
  source,
  type: 'EndpointSettingsChanged',
  version: 1,
  schema: z.strictObject({
    endpoint: z.string(),
    changed: z.array(z.string()),
    /** What has changed, by name, unless it is long. */
    values: z.optional(z.record(z.string(), z.unknown())),
    previous_values: z.optional(z.record(z.string(), z.unknown())),
  }),
  subject,
  text: (data) => `${data.changed.join(', ')} of endpoint ${data.endpoint} changed`,
  sample: {
    endpoint: 'flight-delay',
    changed: ['tags'],
    values: { tags: [{ key: 'team', value: 'ops' }] },
    previous_values: { tags: [] },
  },
});

export const EndpointRolledBack = defineEvent({
  source,
  type: 'EndpointRolledBack',
  version: 1,
  schema: z.strictObject({
    endpoint: z.string(),
    /** Number of the new configuration, a copy of configuration `to`. */
    config: z.int(),
    from: z.int(),
    to: z.int(),
    /** As whoever asked for it gave it. */
    reason: z.optional(z.string()),
  }),
  subject,
  text: ({ endpoint, from, to, reason }) =>
    `endpoint ${endpoint} was rolled back from configuration ${from} to ${to}${reason === undefined ? '' : `: ${reason}`}`,
  sample: { endpoint: 'flight-delay', config: 3, from: 2, to: 1 },
});

export const EndpointVersionSwitched = defineEvent({
  source,
  type: 'EndpointVersionSwitched',
  version: 1,
  schema: z.strictObject({
    endpoint: z.string(),
    entity: z.string(),
    model: z.string(),
    from: z.nullable(z.string()),
    to: z.string(),
    cause: z.string(),
  }),
  subject,
  text: (data) =>
    data.from === null
      ? `endpoint ${data.endpoint} began to serve version ${data.to} of ${data.model}`
      : `endpoint ${data.endpoint} switched from version ${data.from} to ${data.to} of ${data.model}`,
  sample: {
    endpoint: 'flight-delay',
    entity: 'flight-delay-champion',
    model: 'flight-delay',
    from: '1',
    to: '2',
    cause: 'ModelAliasMoved',
  },
});

export const EndpointSwitchFailed = defineEvent({
  source,
  type: 'EndpointSwitchFailed',
  version: 1,
  schema: z.strictObject({
    endpoint: z.string(),
    entity: z.string(),
    model: z.string(),
    version: z.string(),
    message: z.string(),
  }),
  subject,
  text: (data) =>
    `endpoint ${data.endpoint} cannot serve version ${data.version} of ${data.model}: ${data.message}`,
  sample: {
    endpoint: 'flight-delay',
    entity: 'flight-delay-champion',
    model: 'flight-delay',
    version: '3',
    message: 'model/MLmodel does not exist',
  },
});

export const ScorerRequested = defineEvent({
  source,
  type: 'ScorerRequested',
  version: 1,
  schema: z.strictObject({
    endpoint: z.string(),
    endpoint_id: z.string(),
    model: z.string(),
    version: z.string(),
    /** Where the artefact lies. */
    bucket: z.string(),
    key: z.string(),
    /** What SageMaker is to serve it on; absent when it is scored in a function. */
    deployment: z.optional(
      z.strictObject({
        variant: z.string(),
        instance_type: z.string(),
        instance_count: z.int(),
        instance_maximum: z.optional(z.int()),
        scale_to_zero: z.optional(z.literal(true)),
      }),
    ),
  }),
  subject,
  text: (data) =>
    `version ${data.version} of ${data.model} is brought up for endpoint ${data.endpoint}`,
  sample: {
    endpoint: 'churn',
    endpoint_id: '5f1c9f3d8e6b4a7c9d2e1f0a3b4c5d6e',
    model: 'churn',
    version: '1',
    bucket: 'slipway-dev-artifacts',
    key: '1/models/m-0123456789/artifacts',
  },
});

export const ScorerPrepared = defineEvent({
  source,
  type: 'ScorerPrepared',
  version: 1,
  schema: z.strictObject({
    endpoint: z.string(),
    model: z.string(),
    version: z.string(),
    /** Name of the environment: a digest of what the model requires. */
    environment: z.string(),
    /** How long it took to build the environment and to load the model. */
    seconds: z.number(),
  }),
  subject,
  text: (data) =>
    `version ${data.version} of ${data.model} is ready for endpoint ${data.endpoint} after ${data.seconds} s`,
  sample: {
    endpoint: 'churn',
    model: 'churn',
    version: '1',
    environment: '0f3a9c2e71b4d856',
    seconds: 31.4,
  },
});

export const ScorerFailed = defineEvent({
  source,
  type: 'ScorerFailed',
  version: 1,
  schema: z.strictObject({
    endpoint: z.string(),
    model: z.string(),
    version: z.string(),
    message: z.string(),
  }),
  subject,
  text: (data) =>
    `version ${data.version} of ${data.model} cannot be brought up for endpoint ${data.endpoint}: ${data.message}`,
  sample: {
    endpoint: 'churn',
    model: 'churn',
    version: '1',
    message: '`uv pip install` failed: no version of scikit-learn==99',
  },
});

export const EndpointDeploymentOutdated = defineEvent({
  source,
  type: 'EndpointDeploymentOutdated',
  version: 1,
  schema: z.strictObject({
    endpoint: z.string(),
    endpoint_id: z.string(),
    /** Name of the SageMaker endpoint. */
    deployment: z.optional(z.string()),
  }),
  subject,
  text: (data) =>
    `SageMaker serves something else for endpoint ${data.endpoint} than it answers with`,
  sample: {
    endpoint: 'churn',
    endpoint_id: '5f1c9f3d8e6b4a7c9d2e1f0a3b4c5d6e',
    deployment: 'slipway-5f1c9f3d8e6b4a7c',
  },
});

export const EndpointDeploymentFailed = defineEvent({
  source,
  type: 'EndpointDeploymentFailed',
  version: 1,
  schema: z.strictObject({
    endpoint: z.string(),
    /** Name of the SageMaker endpoint. */
    deployment: z.string(),
    message: z.string(),
  }),
  subject,
  text: (data) =>
    `the deployment ${data.deployment} of endpoint ${data.endpoint} could not be changed: ${data.message}`,
  sample: {
    endpoint: 'churn',
    deployment: 'slipway-5f1c9f3d8e6b4a7c',
    message: 'SageMaker went back to configuration slipway-5f1c9f3d8e6b4a7c-0f3a9c2e71b4',
  },
});

export const EndpointDegraded = defineEvent({
  source,
  type: 'EndpointDegraded',
  version: 1,
  schema: z.strictObject({
    endpoint: z.string(),
    entity: z.string(),
    model: z.string(),
    alias: z.string(),
    version: z.string(),
  }),
  subject,
  text: (data) =>
    `alias ${data.alias} of ${data.model} is gone; endpoint ${data.endpoint} goes on with version ${data.version}`,
  sample: {
    endpoint: 'flight-delay',
    entity: 'flight-delay-champion',
    model: 'flight-delay',
    alias: 'champion',
    version: '2',
  },
});

export const EndpointDeleted = defineEvent({
  source,
  type: 'EndpointDeleted',
  version: 1,
  schema: z.strictObject({ endpoint: z.string() }),
  subject,
  text: (data) => `endpoint ${data.endpoint} was deleted`,
  sample: { endpoint: 'flight-delay' },
});

export * from './batch/events.ts';
export * from './rollout/events.ts';

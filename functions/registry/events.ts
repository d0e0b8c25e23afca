import * as z from 'zod/mini';
import { defineEvent } from '../events/define.ts';

export { ModelAliasMoved, ModelTagDeleted, ModelTagSet } from './shared-events.ts';

const source = 'slipway.registry';
/** Characters of a comment that its sentence shows. */
const SHOWN_LENGTH = 80;

const subject = (data: { model: string }) => `model:${data.model}`;

export const RegisteredModelCreated = defineEvent({
  source,
  type: 'RegisteredModelCreated',
  version: 1,
  schema: z.strictObject({ model: z.string() }),
  subject,
  text: (data) => `model ${data.model} was created`,
  sample: { model: 'flight-delay' },
});

export const RegisteredModelUpdated = defineEvent({
  source,
  type: 'RegisteredModelUpdated',
  version: 1,
  schema: z.strictObject({
    model: z.string(),
    description: z.nullable(z.string()),
    previous_description: z.optional(z.nullable(z.string())),
    /** Where it was given, as the deployment job. */
    owner: z.optional(z.string()),
    previous_owner: z.optional(z.string()),
    deployment_job_id: z.optional(z.nullable(z.string())),
    previous_deployment_job_id: z.optional(z.nullable(z.string())),
  }),
  subject,
  text: ({ model, owner, deployment_job_id: job }) => {
    if (owner !== undefined) return `model ${model} was given to ${owner}`;
    if (job !== undefined) return `model ${model} got the deployment job ${job ?? 'none'}`;
    return `model ${model} was described anew`;
  },
  sample: {
    model: 'flight-delay',
    description: 'late arrivals',
    previous_description: null,
    owner: 'ben',
    previous_owner: 'ana',
  },
});

export const RegisteredModelRenamed = defineEvent({
  source,
  type: 'RegisteredModelRenamed',
  version: 1,
  schema: z.strictObject({ model: z.string(), previous_name: z.string() }),
  subject,
  text: (data) => `model ${data.previous_name} was renamed to ${data.model}`,
  sample: { model: 'flight-delay', previous_name: 'delay' },
});

export const RegisteredModelDeleted = defineEvent({
  source,
  type: 'RegisteredModelDeleted',
  version: 1,
  schema: z.strictObject({ model: z.string() }),
  subject,
  text: (data) => `model ${data.model} was deleted`,
  sample: { model: 'flight-delay' },
});

export const ModelVersionRegistered = defineEvent({
  source,
  type: 'ModelVersionRegistered',
  version: 1,
  schema: z.strictObject({
    model: z.string(),
    version: z.string(),
    run_id: z.nullable(z.string()),
    source: z.string(),
  }),
  subject,
  text: (data) => `version ${data.version} of ${data.model} was registered`,
  sample: {
    model: 'flight-delay',
    version: '3',
    run_id: '6f1c1b1a0e0d4f0c8e0a1b2c3d4e5f60',
    source: 'mlflow-artifacts:/1/6f1c1b1a0e0d4f0c8e0a1b2c3d4e5f60/artifacts/model',
  },
});

export const ModelVersionUpdated = defineEvent({
  source,
  type: 'ModelVersionUpdated',
  version: 1,
  schema: z.strictObject({
    model: z.string(),
    version: z.string(),
    description: z.nullable(z.string()),
    previous_description: z.optional(z.nullable(z.string())),
  }),
  subject,
  text: (data) => `version ${data.version} of ${data.model} was described anew`,
  sample: {
    model: 'flight-delay',
    version: '3',
    description: 'trained on March and April',
    previous_description: 'trained on March',
  },
});

export const ModelVersionDeleted = defineEvent({
  source,
  type: 'ModelVersionDeleted',
  version: 1,
  schema: z.strictObject({
    model: z.string(),
    version: z.string(),
    previous_stage: z.optional(z.string()),
    previous_run_id: z.optional(z.nullable(z.string())),
    previous_source: z.optional(z.string()),
  }),
  subject,
  text: (data) => `version ${data.version} of ${data.model} was deleted`,
  sample: {
    model: 'flight-delay',
    version: '3',
    previous_stage: 'Archived',
    previous_run_id: '6f1c1b1a0e0d4f0c8e0a1b2c3d4e5f60',
    previous_source: 'mlflow-artifacts:/1/6f1c1b1a0e0d4f0c8e0a1b2c3d4e5f60/artifacts/model',
  },
});

export const ModelStageChanged = defineEvent({
  source,
  type: 'ModelStageChanged',
  version: 1,
  schema: z.strictObject({
    model: z.string(),
    version: z.string(),
    from: z.string(),
    to: z.string(),
  }),
  subject,
  text: (data) =>
    `version ${data.version} of ${data.model} moved from stage ${data.from} to ${data.to}`,
  sample: { model: 'flight-delay', version: '3', from: 'Staging', to: 'Production' },
});

const stages = { from_stage: z.string(), to_stage: z.string() };
const ofVersion = { model: z.string(), version: z.string() };
const aboutVersion = { model: 'flight-delay', version: '3' };

export const TransitionRequested = defineEvent({
  source,
  type: 'TransitionRequested',
  version: 1,
  schema: z.strictObject({ ...ofVersion, ...stages, comment: z.string() }),
  subject,
  text: (data) => `stage ${data.to_stage} was asked for version ${data.version} of ${data.model}`,
  sample: { ...aboutVersion, from_stage: 'None', to_stage: 'Staging', comment: 'please' },
});

export const TransitionRequestAnswered = defineEvent({
  source,
  type: 'TransitionRequestAnswered',
  version: 1,
  schema: z.strictObject({
    ...ofVersion,
    ...stages,
    answer: z.enum(['approved', 'rejected', 'cancelled']),
    comment: z.string(),
  }),
  subject,
  text: (data) =>
    `stage ${data.to_stage} for version ${data.version} of ${data.model} was ${data.answer}`,
  sample: {
    ...aboutVersion,
    from_stage: 'Staging',
    to_stage: 'Production',
    answer: 'approved',
    comment: 'looks right',
  },
});

const comment = z.strictObject({
  ...ofVersion,
  comment_id: z.string(),
  /** The beginning of it. */
  comment: z.string(),
});
const commentSample = {
  ...aboutVersion,
  comment_id: '01K5A0000000000000000000CM',
  comment: 'better on weekends',
};

export const CommentCreated = defineEvent({
  source,
  type: 'CommentCreated',
  version: 1,
  schema: comment,
  subject,
  text: (data) =>
    `a comment on version ${data.version} of ${data.model}: ${data.comment.slice(0, SHOWN_LENGTH)}`,
  sample: commentSample,
});

export const CommentUpdated = defineEvent({
  source,
  type: 'CommentUpdated',
  version: 1,
  schema: z.extend(comment, { previous_comment: z.optional(z.string()) }),
  subject,
  text: (data) => `a comment on version ${data.version} of ${data.model} was changed`,
  sample: { ...commentSample, previous_comment: 'better on Sundays' },
});

export const CommentDeleted = defineEvent({
  source,
  type: 'CommentDeleted',
  version: 1,
  schema: comment,
  subject,
  text: (data) => `a comment on version ${data.version} of ${data.model} was deleted`,
  sample: commentSample,
});

const access = z.array(z.strictObject({ who: z.string(), level: z.string() }));

export const ModelPermissionsChanged = defineEvent({
  source,
  type: 'ModelPermissionsChanged',
  version: 1,
  schema: z.strictObject({
    model: z.string(),
    access,
    previous_access: z.optional(access),
  }),
  subject,
  text: (data) => `who may do what with model ${data.model} was changed`,
  sample: {
    model: 'flight-delay',
    access: [{ who: 'ml-leads', level: 'CAN_MANAGE' }],
    previous_access: [],
  },
});

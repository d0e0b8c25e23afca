import * as z from 'zod/mini';
import { defineEvent } from '../events/define.ts';

const source = 'slipway.tracking';

export const ExperimentCreated = defineEvent({
  source,
  type: 'ExperimentCreated',
  version: 1,
  schema: z.strictObject({ experiment_id: z.string(), name: z.string() }),
  subject: (data) => `experiment:${data.experiment_id}`,
  text: (data) => `experiment ${data.name} was created`,
  sample: { experiment_id: '1', name: 'flight-delay' },
});

const access = z.array(z.strictObject({ who: z.string(), level: z.string() }));

export const ExperimentPermissionsChanged = defineEvent({
  source,
  type: 'ExperimentPermissionsChanged',
  version: 1,
  schema: z.strictObject({
    experiment_id: z.string(),
    access,
    previous_access: z.optional(access),
  }),
  subject: (data) => `experiment:${data.experiment_id}`,
  text: (data) => `who may do what with experiment ${data.experiment_id} was changed`,
  sample: {
    experiment_id: '1',
    access: [{ who: 'ml-leads', level: 'CAN_MANAGE' }],
    previous_access: [],
  },
});

export const RunFinished = defineEvent({
  source,
  type: 'RunFinished',
  version: 1,
  schema: z.strictObject({
    run_id: z.string(),
    experiment_id: z.string(),
    status: z.enum(['FINISHED', 'FAILED', 'KILLED']),
  }),
  subject: (data) => `run:${data.run_id}`,
  text: (data) => `run ${data.run_id} ended as ${data.status}`,
  sample: { run_id: '0123456789abcdef0123456789abcdef', experiment_id: '1', status: 'FINISHED' },
});

import * as z from 'zod/mini';
import { defineEvent } from '../events/define.ts';

export const ModelVersionValidated = defineEvent({
  source: 'slipway.validation',
  type: 'ModelVersionValidated',
  version: 1,
  schema: z.strictObject({
    model: z.string(),
    /** Id of the model, which stays when it is renamed; absent for models of older releases. */
    model_id: z.optional(z.string()),
    version: z.string(),
    /** When the version was registered, ISO 8601: a model that was deleted and created again has another version of this number. */
    registered_at: z.optional(z.string()),
    status: z.enum(['PASSED', 'FAILED', 'SKIPPED']),
    /** The verdict stops nothing. */
    dry_run: z.boolean(),
    /** Names of the checks that failed or could not be done. */
    failed_checks: z.array(z.string()),
    cause: z.nullable(z.string()),
  }),
  subject: (data) => `model:${data.model}`,
  text: ({ model, version, status, dry_run: dry, failed_checks: failed, cause }) => {
    const about = `version ${version} of ${model}`;
    if (status === 'SKIPPED') return `${about} needs no validation`;
    if (status === 'PASSED') return `${about} passed its validation`;
    const why = cause ?? failed.join(', ');
    return `${about} failed its validation${dry ? ' (dry run)' : ''}: ${why}`;
  },
  sample: {
    model: 'flight-delay',
    model_id: '3b1f9c0e7a5d4e2f8c6b1a0d9e8f7c6b',
    version: '3',
    registered_at: '2026-11-20T08:59:41.120Z',
    status: 'FAILED',
    dry_run: false,
    failed_checks: ['roc_auc'],
    cause: null,
  },
});

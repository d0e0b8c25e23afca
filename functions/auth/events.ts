import * as z from 'zod/mini';
import { defineEvent } from '../events/define.ts';

const source = 'slipway.auth';
const subject = (data: { token_id: string }) => `token:${data.token_id}`;

export const TokenCreated = defineEvent({
  source,
  type: 'TokenCreated',
  version: 1,
  schema: z.strictObject({
    token_id: z.string(),
    user: z.string(),
    groups: z.array(z.string()),
  }),
  subject,
  text: ({ token_id, user, groups }) =>
    `token ${token_id} was made for ${user} (${groups.join(', ')})`,
  sample: { token_id: '6f1c1b1a0e0d4f0c', user: 'ana', groups: ['users', 'ml-leads'] },
});

export const TokenRevoked = defineEvent({
  source,
  type: 'TokenRevoked',
  version: 1,
  schema: z.strictObject({ token_id: z.string(), user: z.string() }),
  subject,
  text: ({ token_id, user }) => `token ${token_id} of ${user} was revoked`,
  sample: { token_id: '6f1c1b1a0e0d4f0c', user: 'ana' },
});

import * as z from 'zod/mini';
import { defineEvent } from '../events/define.ts';
import { APPROVAL_KINDS } from './approval.ts';

const source = 'slipway.approvals';
const subject = (data: { model: string }) => `model:${data.model}`;

const request = {
  approval_id: z.string(),
  /** Absent in events of before approvals had a kind: then it is a promotion's. */
  kind: z.optional(z.enum(APPROVAL_KINDS)),
  /** Of a rollout. */
  endpoint: z.optional(z.string()),
  model: z.string(),
  version: z.string(),
};

const answer = z.strictObject({
  ...request,
  by: z.array(z.string()),
  comment: z.string(),
  /** Day of the answer, UTC. */
  date: z.iso.date(),
});
const sample = {
  approval_id: '01K5A0000000000000000000AA',
  kind: 'promotion' as const,
  model: 'flight-delay',
  version: '3',
};

interface Asked {
  readonly kind?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly model: string;
  readonly version: string;
}

/** `version 3 of flight-delay`, or the rollout of it. */
const what = ({ kind, endpoint, model, version }: Asked) =>
  `${kind === 'rollout' ? 'rollout of ' : ''}version ${version} of ${model}${
    endpoint === undefined ? '' : ` on endpoint ${endpoint}`
  }`;

export const ApprovalRequested = defineEvent({
  source,
  type: 'ApprovalRequested',
  version: 1,
  schema: z.strictObject({
    ...request,
    approvers: z.array(z.string()),
    quorum: z.int(),
    expires_at: z.string(),
  }),
  subject,
  text: (data) => `approval of ${what(data)} was requested`,
  sample: {
    ...sample,
    approvers: ['group:ml-leads'],
    quorum: 1,
    expires_at: '2026-11-24T00:00:00.000Z',
  },
});

export const ApprovalGranted = defineEvent({
  source,
  type: 'ApprovalGranted',
  version: 1,
  schema: answer,
  subject,
  text: (data) => `${what(data)} approved by ${data.by.join(' and ')} on ${data.date}`,
  sample: { ...sample, by: ['ana'], comment: 'looks right', date: '2026-11-21' },
});

export const ApprovalDenied = defineEvent({
  source,
  type: 'ApprovalDenied',
  version: 1,
  schema: answer,
  subject,
  text: (data) => `${what(data)} denied by ${data.by.join(' and ')} on ${data.date}`,
  sample: { ...sample, by: ['ana'], comment: 'not in December', date: '2026-11-21' },
});

export const ApprovalEscalated = defineEvent({
  source,
  type: 'ApprovalEscalated',
  version: 1,
  schema: z.strictObject({ ...request, to: z.array(z.string()), expires_at: z.string() }),
  subject,
  text: (data) => `nobody decided on ${what(data)}: ${data.to.join(' and ')} may, too`,
  sample: { ...sample, to: ['group:heads'], expires_at: '2026-11-24T00:00:00.000Z' },
});

export const ApprovalExpired = defineEvent({
  source,
  type: 'ApprovalExpired',
  version: 1,
  schema: z.strictObject(request),
  subject,
  text: (data) => `the request to approve ${what(data)} expired`,
  sample,
});

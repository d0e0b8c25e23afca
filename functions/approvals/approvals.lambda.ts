import type { Context, SQSEvent } from 'aws-lambda';
import { consumeEvents, on } from '../events/consume.ts';
import { RegisteredModelRenamed } from '../registry/events.ts';
import type { HttpEvent, HttpRequest } from '../shared/http/api.ts';
import { jsonApi, parseBody, parseValue } from '../shared/http/json-api.ts';
import { answerApproval, answerBody } from './answer-approval.ts';
import { answerByLink, showLink } from './answer-by-link.ts';
import { createLink, linkBody } from './create-link.ts';
import { ApprovalDenied, ApprovalExpired, ApprovalGranted } from './events.ts';
import { followRename } from './follow-rename.ts';
import { approvals, getApproval, listApprovalsQuery } from './get-approval.ts';
import { resumeExecution } from './resume-execution.ts';
import { approvalsRoutes } from './routes.ts';

const answer = (request: HttpRequest) => ({
  id: request.params.id ?? '',
  comment: parseBody(request, answerBody).comment,
});

const http = jsonApi(approvalsRoutes, 'approvals', {
  listApprovals: ({ query }) => approvals(parseValue(query, listApprovalsQuery)),
  getApproval: ({ params }) => getApproval(params.id ?? ''),
  approve: (request, context) =>
    answerApproval({ ...answer(request), decision: 'approve' }, context),
  deny: (request, context) => answerApproval({ ...answer(request), decision: 'deny' }, context),
  createLink: (request, context) =>
    createLink(request.params.id ?? '', parseBody(request, linkBody), context),
  showLink,
  answerByLink,
});

const events = consumeEvents([
  on(ApprovalGranted, resumeExecution),
  on(ApprovalDenied, resumeExecution),
  on(ApprovalExpired, resumeExecution),
  on(RegisteredModelRenamed, followRename),
]);

export const handler = (event: HttpEvent | SQSEvent, context: Context) =>
  'Records' in event ? events(event, context) : http(event, context);

import * as z from 'zod/mini';
import type { OperationContext } from '../shared/context.ts';
import type { HttpRequest, HttpResult } from '../shared/http/api.ts';
import { parseJson, parseValue } from '../shared/http/json-api.ts';
import { answerApproval } from './answer-approval.ts';
import type { Approval } from './approval.ts';
import { getApproval } from './get-approval.ts';
import { checkLink, type Link, linkIdOf } from './link.ts';
import { answerPage, donePage } from './link-page.ts';
import { findLink, linkUse } from './link-store.ts';

const answer = z.strictObject({
  decision: z.enum(['approve', 'deny']),
  comment: z._default(z.string().check(z.maxLength(2000)), ''),
});

/** Shows what is asked, and two buttons. Nothing is decided by opening an address. */
export async function showLink(
  request: HttpRequest,
  context: OperationContext,
): Promise<HttpResult> {
  const link = await linkOf(request, context);
  return page(answerPage(await getApproval(link.approval_id), link));
}

/** Takes the answer of a page's form, or of a program that sends JSON. The link is used up with it. */
export async function answerByLink(
  request: HttpRequest,
  context: OperationContext,
): Promise<HttpResult | Approval> {
  const isForm = /^application\/x-www-form-urlencoded/i.test(request.headers['content-type'] ?? '');
  const body = isForm
    ? Object.fromEntries(new URLSearchParams(request.body.toString('utf8')))
    : parseJson(request.body);
  const { decision, comment } = parseValue(body, answer);
  const { speaks_for: actor, approval_id: id } = await linkOf(request, context);
  const spend = async () => {
    const link = await linkOf(request, context);
    return [linkUse(link, new Date(context.clock()).toISOString())];
  };
  const answered = await answerApproval({ id, decision, comment }, { ...context, actor }, spend);
  return isForm ? page(donePage(answered)) : answered;
}

async function linkOf({ params, query }: HttpRequest, context: OperationContext): Promise<Link> {
  const { token = '' } = query;
  const id = linkIdOf(token);
  const found = id === undefined ? undefined : await findLink(params.id ?? '', id);
  return checkLink(found, token, context.clock());
}

const page = (body: string): HttpResult => ({
  statusCode: 200,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    // Not `no-referrer`: the form would come with `Origin: null`, as from another site.
    'referrer-policy': 'same-origin',
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
  },
  body,
});

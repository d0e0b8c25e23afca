import { type Approval, decisionText, questionText } from './approval.ts';
import type { Link } from './link.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string) => text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);

const page = (title: string, body: string) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
textarea { width: 100%; box-sizing: border-box }
button { font: inherit; padding: .4rem 1.2rem; margin: .8rem .8rem 0 0 }
</style>
<h1>${escaped(title)}</h1>
${body}
</html>
`;

/** The question, its evidence and a form that answers it to the same address. */
export function answerPage(approval: Approval, { speaks_for: person }: Link): string {
  const { model, version, evidence, quorum, votes, requested_by, expires_at } = approval;
  const required = approval.comment_required ? ' required' : '';
  return page(
    `Version ${version} of ${model}`,
    `<p>${escaped(questionText(approval))} Requested by ${escaped(requested_by)};
${votes.length} of ${quorum} approvals so far; open until ${escaped(expires_at)}.</p>
<p>${escaped(evidence)}</p>
<form method="post">
<label for="comment">Comment</label>
<textarea id="comment" name="comment" rows="3" maxlength="2000"${required}></textarea>
<button name="decision" value="approve">Approve</button>
<button name="decision" value="deny">Deny</button>
</form>
<p>You answer as ${escaped(person.user)}. This page works once.</p>`,
  );
}

export function donePage(approval: Approval): string {
  const { model, version, status, votes, quorum, kind } = approval;
  const text =
    status === 'PENDING'
      ? `Recorded: ${votes.length} of ${quorum} approvals.`
      : `The ${kind} was ${decisionText(approval)}.`;
  return page(`Version ${version} of ${model}`, `<p>${escaped(text)}</p>`);
}

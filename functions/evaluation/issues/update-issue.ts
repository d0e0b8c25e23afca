import type { OperationContext } from '../../shared/context.ts';
import { retryChanged } from '../../shared/dynamo/index.ts';
import { invalid } from '../../shared/errors.ts';
import { loadIssue } from './get-issue.ts';
import { type Issue, parseSeverity, parseStatus, toMlflowIssue } from './issue.ts';
import { replaceIssue } from './issue-store.ts';

interface UpdateIssueInput {
  readonly issue_id: string;
  readonly name?: string;
  readonly description?: string;
  readonly status?: string;
  readonly severity?: string;
}

/** Changes what is given of an issue; an empty name or description changes nothing. */
export async function updateIssue(
  input: UpdateIssueInput,
  context: OperationContext,
): Promise<object> {
  const { name, description, status, severity } = input;
  if (name && name.length > 250) throw invalid('The name of an issue may have 250 characters');
  const changes = {
    ...(status !== undefined && { status: parseStatus(status) }),
    ...(severity !== undefined && { severity: parseSeverity(severity) }),
    ...(name && { name }),
    ...(description && { description }),
  };
  return { issue: toMlflowIssue(await changeIssue(input.issue_id, () => changes, context)) };
}

/** Reads an issue and changes it, again while somebody else changes it in between. */
export const changeIssue = (
  issueId: string,
  change: (before: Issue) => Partial<Issue>,
  context: OperationContext,
): Promise<Issue> =>
  retryChanged(async () => {
    const before = await loadIssue(issueId);
    // Later than the one before, also within one millisecond: the condition of the write is this time.
    const last_updated_timestamp = Math.max(context.clock(), before.last_updated_timestamp + 1);
    const issue: Issue = { ...before, ...change(before), last_updated_timestamp };
    await replaceIssue(before, issue);
    return issue;
  });

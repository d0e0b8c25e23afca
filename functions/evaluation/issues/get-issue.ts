import { notFound } from '../../shared/errors.ts';
import { type Issue, toMlflowIssue } from './issue.ts';
import { findIssue } from './issue-store.ts';

export const getIssue = async ({ issue_id }: { readonly issue_id: string }): Promise<object> => ({
  issue: toMlflowIssue(await loadIssue(issue_id)),
});

/** Throws RESOURCE_DOES_NOT_EXIST. */
export async function loadIssue(issueId: string): Promise<Issue> {
  const issue = await findIssue(issueId);
  if (!issue) throw notFound(`Issue with ID '${issueId}' not found`);
  return issue;
}

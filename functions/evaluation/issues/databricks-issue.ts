import * as z from 'zod/mini';
import type { Issue } from './issue.ts';

export const SEVERITIES = ['LOW', 'MEDIUM', 'HIGH'] as const;
/** In the order of a search's groups. */
export const STATUSES = ['PENDING', 'RESOLVED', 'REJECTED'] as const;
const SOURCES = ['ADHOC_RUN', 'SCHEDULED_RUN', 'SINGLE_TRACE_ANALYSIS', 'MANUAL'] as const;

/** Text of so many bytes of UTF-8 at most. */
const text = (bytes: number) =>
  z.string().check(z.refine((one) => Buffer.byteLength(one) <= bytes, `at most ${bytes} bytes`));

const mapOf = (key: z.ZodMiniType<string, string>, value: z.ZodMiniType<string>, entries: number) =>
  z
    .record(key, value)
    .check(z.refine((one) => Object.keys(one).length <= entries, `at most ${entries} entries`));

const categories = z.array(z.pipe(z.string().check(z.trim()), text(64))).check(
  z.maxLength(10),
  z.refine(
    (all) => new Set(all.map((one) => one.toLowerCase())).size === all.length,
    'categories are unique, whatever their case',
  ),
);

/** What a client may say about an issue, with the limits that databricks-sdk names. */
export const issueSchema = z.object({
  title: z.optional(text(250)),
  description: z.optional(text(32 * 1024)),
  severity: z.optional(z.enum(SEVERITIES)),
  status: z.optional(z.enum(STATUSES)),
  categories: z.optional(categories),
  source_type: z.optional(z.enum(SOURCES)),
  source_id: z.optional(z.string()),
  last_seen_time: z.optional(z.iso.datetime({ offset: true })),
  tags: z.optional(mapOf(text(128).check(z.regex(/^[A-Za-z0-9_.:/-]+$/)), text(256), 10)),
  metadata: z.optional(mapOf(text(64), z.string(), 20)),
});

export type SentIssue = z.infer<typeof issueSchema>;

const upper = <T extends string>(name: T) => name.toUpperCase() as Uppercase<T>;

/** In Databricks' form; what MLflow calls `not_an_issue` has no severity there. */
export function toDatabricksIssue(issue: Issue) {
  const { issue_id, experiment_id, name, description, categories, created_by } = issue;
  const { severity, status, source_run_id, further = {} } = issue;
  const create_time = new Date(issue.created_timestamp).toISOString();
  return {
    name: `experiments/${experiment_id}/issues/${issue_id}`,
    issue_id,
    title: name,
    description,
    ...(severity && severity !== 'not_an_issue' && { severity: upper(severity) }),
    status: upper(status),
    ...(categories.length > 0 && { categories }),
    source_type: 'MANUAL',
    ...(source_run_id && { source_id: source_run_id }),
    last_seen_time: create_time,
    ...(created_by && { created_by }),
    create_time,
    update_time: new Date(issue.last_updated_timestamp).toISOString(),
    ...further,
  };
}

export type DatabricksIssue = ReturnType<typeof toDatabricksIssue>;

import { invalid } from '../../shared/errors.ts';

const STATUSES = ['pending', 'rejected', 'resolved'] as const;
/** From the least to the most. */
const SEVERITIES = ['not_an_issue', 'low', 'medium', 'high'] as const;

/** A problem that was found in traces of an experiment. */
export interface Issue {
  readonly issue_id: string;
  readonly experiment_id: string;
  readonly name: string;
  readonly description: string;
  readonly status: (typeof STATUSES)[number];
  readonly severity?: (typeof SEVERITIES)[number];
  readonly root_causes: readonly string[];
  readonly source_run_id?: string;
  readonly categories: readonly string[];
  /** Epoch milliseconds. */
  readonly created_timestamp: number;
  readonly last_updated_timestamp: number;
  readonly created_by?: string;
  /** What Databricks' dialect says of it beyond MLflow's. */
  readonly further?: FurtherFields;
}

export interface FurtherFields {
  readonly source_type?: string;
  /** RFC 3339. */
  readonly last_seen_time?: string;
  readonly last_updated_by?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** An issue in MLflow's dialect. */
export const toMlflowIssue = <T extends Issue>({ further: _further, ...issue }: T) => issue;

export function parseStatus(text: string): Issue['status'] {
  const status = STATUSES.find((one) => one === text);
  if (!status) throw invalid(`'${text}' is not a valid IssueStatus`);
  return status;
}

export function parseSeverity(text: string): NonNullable<Issue['severity']> {
  const severity = SEVERITIES.find((one) => one === text);
  if (!severity) throw invalid(`'${text}' is not a valid IssueSeverity`);
  return severity;
}

/** An issue as a search answers with it. */
export interface FoundIssue extends Issue {
  /** Traces that have an assessment which names the issue, if the client asks for it. */
  readonly trace_count?: number;
}

/** 0 for an issue whose severity nobody judged, more the severer it is. */
export const severityRank = ({ severity }: Issue): number =>
  severity === undefined ? 0 : SEVERITIES.indexOf(severity) + 1;

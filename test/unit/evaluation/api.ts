import { handler } from '../../../functions/evaluation/evaluation.lambda.ts';
import { type Answer, callApi } from '../../support/call-api.ts';

interface DatasetView {
  readonly dataset_id: string;
  readonly name: string;
  readonly digest: string;
  readonly tags: string;
  readonly schema: string;
  readonly profile: string;
  readonly created_time: number;
  readonly last_update_time: number;
}

interface IssueView {
  readonly issue_id: string;
  readonly name: string;
  readonly status: string;
  readonly trace_count?: number;
  readonly created_timestamp: number;
  readonly last_updated_timestamp: number;
}

interface ScorerView {
  readonly scorer_name: string;
  readonly scorer_version: number;
  readonly serialized_scorer: string;
}

/** Members that the tests look into; an answer has those of its operation. */
interface Body {
  readonly dataset: DatasetView;
  readonly datasets: readonly DatasetView[];
  readonly experiment_ids: readonly string[];
  /** A list of records as JSON. */
  readonly records: string;
  readonly inserted_count: number;
  readonly issue: IssueView;
  readonly issues: readonly IssueView[];
  readonly scorer: ScorerView;
  readonly scorers: readonly ScorerView[];
  readonly scorer_id: string;
  readonly version: number;
  readonly config: object;
  readonly next_page_token?: string;
  readonly error_code: string;
  readonly message: string;
}

/** A record as a page of them holds it. */
interface RecordView {
  readonly dataset_record_id: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: unknown;
  readonly expectations: unknown;
  readonly tags: unknown;
}

/** Calls an endpoint of evaluation; `path` is what follows `/api/3.0/mlflow`. */
export const call = (method: string, path: string, body?: object): Promise<Answer<Body>> =>
  callApi(handler, method, `/api/3.0/mlflow${path}`, body);

/** As `call`; throws for a refusal. */
export async function ok(method: string, path: string, body?: object): Promise<Body> {
  const answer = await call(method, path, body);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

export async function aDataset(overrides: object = {}): Promise<string> {
  const { dataset } = await ok('POST', '/datasets/create', { name: 'golden', ...overrides });
  return dataset.dataset_id;
}

export const upsert = (id: string, records: unknown): Promise<Body> =>
  ok('POST', `/datasets/${id}/records`, {
    records: typeof records === 'string' ? records : JSON.stringify(records),
  });

/** All records of a dataset, page after page. */
export async function recordsOf(id: string, pageSize = 1000) {
  const found: RecordView[] = [];
  let token = '';
  do {
    const query = `max_results=${pageSize}&page_token=${encodeURIComponent(token)}`;
    const page = await ok('GET', `/datasets/${id}/records?${query}`);
    found.push(...JSON.parse(page.records));
    token = page.next_page_token ?? '';
  } while (token);
  return found;
}

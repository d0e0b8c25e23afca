import { handler } from '../../../functions/evaluation/evaluation.lambda.ts';
import { type Answer, callApi } from '../../support/call-api.ts';

/** Calls an endpoint of evaluation; `path` is what follows `/api/3.0/mlflow`. */
export const call = (method: string, path: string, body?: object): Promise<Answer> =>
  callApi(handler, method, `/api/3.0/mlflow${path}`, body);

/** As `call`; throws for a refusal. */
export async function ok(method: string, path: string, body?: object): Promise<Answer['body']> {
  const answer = await call(method, path, body);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

export async function aDataset(overrides: object = {}): Promise<string> {
  const { dataset } = await ok('POST', '/datasets/create', { name: 'golden', ...overrides });
  return dataset.dataset_id;
}

export const upsert = (id: string, records: unknown): Promise<Answer['body']> =>
  ok('POST', `/datasets/${id}/records`, {
    records: typeof records === 'string' ? records : JSON.stringify(records),
  });

/** All records of a dataset, page after page. */
export async function recordsOf(id: string, pageSize = 1000) {
  const found: Answer['body'][] = [];
  let token = '';
  do {
    const query = `max_results=${pageSize}&page_token=${encodeURIComponent(token)}`;
    const page = await ok('GET', `/datasets/${id}/records?${query}`);
    found.push(...JSON.parse(page.records));
    token = page.next_page_token ?? '';
  } while (token);
  return found;
}

import { handler } from '../../../functions/logged-models/logged-models.lambda.ts';
import { handler as registryHandler } from '../../../functions/registry/registry.lambda.ts';
import { callApi } from '../../support/call-api.ts';
import { log } from '../tracking/api.ts';

const PREFIX = '/api/2.0/mlflow';

interface Tag {
  readonly key: string;
  readonly value: string;
}

interface Metric {
  readonly key: string;
  readonly value: number;
  readonly run_id: string;
}

interface Model {
  readonly info: {
    readonly model_id: string;
    readonly name: string;
    readonly status: string;
    readonly artifact_uri: string;
    readonly creation_timestamp_ms: number;
    readonly tags: readonly Tag[];
  };
  readonly data: { readonly params: readonly Tag[]; readonly metrics: readonly Metric[] };
}

/** Members that the tests look into; an answer has those of its operation. */
interface Body {
  readonly model: Model;
  readonly models: readonly Model[];
  readonly model_version: { readonly version: string; readonly run_id: string };
  readonly run: { readonly inputs: object; readonly outputs: object };
  readonly runs: readonly { readonly info: { readonly run_id: string } }[];
  readonly artifact_uri: string;
  readonly next_page_token?: string;
  readonly error_code: string;
  readonly message: string;
}

interface Answer {
  readonly status: number;
  readonly body: Body;
}

const call = async (...given: Parameters<typeof callApi>): Promise<Answer> =>
  (await callApi(...given)) as Answer;

/** Calls an endpoint of logged models; `path` is what follows `/logged-models`. */
export const models = (method: string, path: string, body?: object): Promise<Answer> =>
  call(handler, method, `${PREFIX}/logged-models${path}`, body);

export const registry = (method: string, path: string, body?: object): Promise<Answer> =>
  call(registryHandler, method, PREFIX + path, body);

export async function aModel(experiment_id: string, overrides: object = {}): Promise<string> {
  const { body } = await models('POST', '', { experiment_id, ...overrides });
  return body.model.info.model_id;
}

/** What clients ask for: names of the models found, in order. */
export async function found(body: object): Promise<string[]> {
  const answer = await models('POST', '/search', body);
  if (answer.status !== 200) throw new Error(answer.body.message);
  return (answer.body.models ?? []).map(({ info }: { info: { name: string } }) => info.name);
}

interface Point {
  readonly value: number | 'NaN';
  readonly key?: string;
  readonly step?: number;
  readonly timestamp?: number;
  readonly dataset_name?: string;
  readonly dataset_digest?: string;
}

/** Logs points of a run that are about a model. */
export const logAbout = (run_id: string, model_id: string, ...points: Point[]) =>
  log(run_id, {
    metrics: points.map((point) => ({ key: 'acc', timestamp: 1, step: 0, model_id, ...point })),
  });

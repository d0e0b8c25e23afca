import { GraphQLError } from 'graphql';
import { listRunFiles } from '../artifacts/index.ts';
import {
  type Decoded,
  decodeObject,
  enumeration,
  type FieldTable,
  int64,
  string,
  strings,
} from '../mlflow/index.ts';
import { searchModelVersions } from '../registry/index.ts';
import { DomainError } from '../shared/errors.ts';
import {
  DEFAULT_EXPERIMENT_ID,
  getExperiment,
  getMetricHistoryBulkInterval,
  getRun,
  searchDatasets,
  searchRuns,
} from '../tracking/index.ts';
import type { FieldTypes } from './types.ts';

/** A field that a query may begin with. */
export interface RootField {
  readonly type: string;
  readonly args: FieldTypes;
  readonly resolve: (args: Readonly<Record<string, unknown>>) => Promise<object | null>;
}

/** A field whose argument `input` is the message of a REST endpoint, and whose value is its answer. */
const endpoint = <const T extends FieldTable>(
  type: string,
  fields: T,
  run: (input: Decoded<T>) => Promise<object>,
): RootField => ({
  type,
  args: { input: type.replace(/Response$/, 'Input') },
  resolve: async ({ input }) => {
    if (input === null || typeof input !== 'object') throw required('input');
    return run(decodeObject(input as Readonly<Record<string, unknown>>, fields));
  },
});

const echo = (type: string): RootField => ({
  type,
  args: { inputString: 'String' },
  resolve: async ({ inputString }) => {
    if (inputString === undefined) throw required('inputString');
    return { output: inputString };
  },
});

/** An argument that the schema leaves out and MLflow's resolvers need: the field is null and an error says why. */
const required = (name: string) => new GraphQLError(`Argument '${name}' is required.`);

const requiredRun = { run_id: { ...string, required: true, alias: 'run_uuid' } } as const;

const runs = endpoint(
  'MlflowSearchRunsResponse',
  {
    experiment_ids: strings,
    filter: string,
    run_view_type: enumeration('ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'),
    max_results: int64,
    order_by: strings,
    page_token: string,
  },
  async (input) => {
    // A page of runs is made as a text.
    const answer = (await searchRuns(input)) as { readonly body: string };
    return JSON.parse(answer.body) as object;
  },
);

const QUERIES: Readonly<Record<string, RootField>> = {
  mlflowGetExperiment: endpoint(
    'MlflowGetExperimentResponse',
    { experiment_id: string },
    ({ experiment_id }) => getExperiment({ experiment_id: experiment_id || DEFAULT_EXPERIMENT_ID }),
  ),
  mlflowGetMetricHistoryBulkInterval: endpoint(
    'MlflowGetMetricHistoryBulkIntervalResponse',
    // Steps and sizes count in the query string of the REST endpoint only.
    { run_ids: strings, metric_key: string },
    async ({ run_ids, metric_key = '' }) =>
      run_ids.length > 0 && metric_key !== ''
        ? getMetricHistoryBulkInterval({ run_ids, metric_key })
        : { metrics: [] },
  ),
  mlflowGetRun: endpoint('MlflowGetRunResponse', requiredRun, getRun),
  mlflowListArtifacts: endpoint(
    'MlflowListArtifactsResponse',
    { ...requiredRun, path: string, page_token: string },
    ({ run_id, path = '' }) => listRunFiles(run_id, path),
  ),
  mlflowSearchModelVersions: endpoint(
    'MlflowSearchModelVersionsResponse',
    { filter: string, max_results: int64, order_by: strings, page_token: string },
    searchModelVersions,
  ),
  test: echo('Test'),
  mlflowSearchRuns: runs,
};

/** Searches of the interface that are mutations only so that they are not cached. */
const MUTATIONS: Readonly<Record<string, RootField>> = {
  mlflowSearchDatasets: endpoint(
    'MlflowSearchDatasetsResponse',
    { experiment_ids: strings },
    searchDatasets,
  ),
  mlflowSearchRuns: runs,
  // MLflow's resolver has another name than the field, so nobody calls it.
  testMutation: { ...echo('TestMutation'), resolve: async () => null },
};

export const ROOTS = { query: QUERIES, mutation: MUTATIONS } as const;

/** The answer of a root field; what an endpoint refuses is its `apiError`. */
export async function answerOf(
  { resolve }: RootField,
  args: Readonly<Record<string, unknown>>,
): Promise<object | null> {
  try {
    return await resolve(args);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const { code, message } = error;
    return { apiError: { code, message } };
  }
}

interface WireRun {
  readonly info: { readonly run_id: string; readonly experiment_id: string };
}

/** Fields that an object does not hold: they are looked up when somebody asks for them. */
export const LOOKUPS: Readonly<Record<string, (object: never) => Promise<unknown>>> = {
  'MlflowRunExtension.experiment': async ({ info }: WireRun) => {
    const { experiment } = (await getExperiment(info)) as { readonly experiment: object };
    return experiment;
  },
  'MlflowRunExtension.modelVersions': async ({ info }: WireRun) =>
    (await searchModelVersions({ filter: `run_id = '${info.run_id}'` })).model_versions,
};

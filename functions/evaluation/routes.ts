import { EITHER_API, type GatewayRoute, type Route } from '../shared/declare.ts';

const OPERATIONS = [
  ['createDataset', 'POST', '/datasets/create'],
  ['searchDatasets', 'POST', '/datasets/search'],
  ['searchDatasets', 'GET', '/datasets/search'],
  ['getDataset', 'GET', '/datasets/{dataset_id}'],
  ['deleteDataset', 'DELETE', '/datasets/{dataset_id}'],
  ['setDatasetTags', 'PATCH', '/datasets/{dataset_id}/tags'],
  ['deleteDatasetTag', 'DELETE', '/datasets/{dataset_id}/tags/{key+}'],
  ['upsertRecords', 'POST', '/datasets/{dataset_id}/records'],
  ['listRecords', 'GET', '/datasets/{dataset_id}/records'],
  ['deleteRecords', 'DELETE', '/datasets/{dataset_id}/records'],
  ['getDatasetExperiments', 'GET', '/datasets/{dataset_id}/experiment-ids'],
  ['addDatasetToExperiments', 'POST', '/datasets/{dataset_id}/add-experiments'],
  ['removeDatasetFromExperiments', 'POST', '/datasets/{dataset_id}/remove-experiments'],
  ['registerScorer', 'POST', '/scorers/register'],
  ['listScorers', 'GET', '/scorers/list'],
  ['listScorerVersions', 'GET', '/scorers/versions'],
  ['getScorer', 'GET', '/scorers/get'],
  ['deleteScorer', 'DELETE', '/scorers/delete'],
  ['putOnlineScoring', 'PUT', '/scorers/online-config'],
  ['getOnlineScoring', 'GET', '/scorers/online-configs'],
  ['createIssue', 'POST', '/issues'],
  ['searchIssues', 'POST', '/issues/search'],
  ['getIssue', 'GET', '/issues/{issue_id}'],
  ['updateIssue', 'PATCH', '/issues/{issue_id}'],
] as const;

/** Python clients use `api`, the web interface `ajax-api`: exact aliases. */
const PREFIXES = ['/api/3.0/mlflow', '/ajax-api/3.0/mlflow'] as const;

/** What databricks-sdk asks for: the same issues, below their experiment. */
const EXPERIMENTS = '/api/2.0/mlflow/experiments/{experiment_id}';

const DATABRICKS_OPERATIONS = [
  ['createExperimentIssue', 'POST', '/issues'],
  ['searchExperimentIssues', 'POST', '/issues:search'],
  ['getExperimentIssue', 'GET', '/issues/{issue_id}'],
  ['updateExperimentIssue', 'PATCH', '/issues/{issue_id}'],
] as const;

interface DatabricksIssueRoute extends Route {
  readonly operation: (typeof DATABRICKS_OPERATIONS)[number][0];
  readonly fn: 'evaluation';
}

export const databricksIssueRoutes = DATABRICKS_OPERATIONS.map(
  ([operation, method, path]): DatabricksIssueRoute => ({
    operation,
    method,
    path: `${EXPERIMENTS}${path}`,
    fn: 'evaluation',
  }),
);

interface EvaluationRoute extends Route {
  readonly operation: (typeof OPERATIONS)[number][0];
  readonly fn: 'evaluation';
}

export const evaluationRoutes: readonly EvaluationRoute[] = PREFIXES.flatMap((prefix) =>
  OPERATIONS.map(
    ([operation, method, path]): EvaluationRoute => ({
      operation,
      method,
      path: `${prefix}${path}`,
      fn: 'evaluation',
    }),
  ),
);

export const evaluationGateway: GatewayRoute[] = [
  // `issues` and `issues:search`.
  { fn: 'evaluation', key: `POST ${EXPERIMENTS}/{issues}` },
  { fn: 'evaluation', key: `ANY ${EXPERIMENTS}/issues/{issue_id}` },
  { fn: 'evaluation', key: `ANY ${EITHER_API}/3.0/mlflow/issues` },
  ...['datasets', 'scorers', 'issues'].map((noun) => ({
    fn: 'evaluation',
    key: `ANY ${EITHER_API}/3.0/mlflow/${noun}/{proxy+}`,
  })),
];

/** Endpoints of MLflow that Slipway does not have. A test fails when one is missing here, or is bound. */
interface NotImplemented {
  /** Paths that begin so, under `/api/<version>/mlflow`. */
  readonly prefix: string;
  readonly reason: string;
}

export const NOT_IMPLEMENTED: readonly NotImplemented[] = [
  { prefix: '/api/2.0/mlflow/unified-traces', reason: 'No server outside Databricks has it' },
  { prefix: '/api/2.0/mlflow/get-online-trace-details', reason: 'As above' },
  { prefix: '/api/3.0/mlflow/gateway', reason: 'Slipway is no gateway to language models' },
  {
    prefix: '/api/3.0/mlflow/prompt-optimization',
    reason: 'Jobs of the MLflow server for language models',
  },
  {
    prefix: '/api/3.0/mlflow/workspaces',
    reason: 'One installation is one workspace; server-info says so',
  },
];

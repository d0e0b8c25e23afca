import { DomainError, invalid } from '../shared/errors.ts';
import type { HttpRequest } from '../shared/http/api.ts';
import { parseJson } from '../shared/http/json-api.ts';
import { type Execution, execute } from './execute.ts';

/** `/graphql`: data, or what is wrong with the query as texts, which is how MLflow's server answers. */
export async function runQuery(request: HttpRequest): Promise<object> {
  const execution = readExecution(parseJson(request.body));
  try {
    return await execute(execution);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { data: null, errors: [error.message] };
  }
}

function readExecution(body: unknown): Execution {
  if (!isObject(body)) throw invalid('The request body must be a JSON object');
  const { query, operationName, variables } = body;
  if (typeof query !== 'string') throw invalid('query: a text is required');
  if (isGiven(operationName) && typeof operationName !== 'string') {
    throw invalid('operationName: must be a text');
  }
  return {
    query,
    // What is no object has no variables: a query that needs some says so.
    variables: isObject(variables) ? variables : {},
    ...(operationName && { operationName }),
  };
}

const isGiven = (value: unknown) => value !== undefined && value !== null;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

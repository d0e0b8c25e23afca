import type { OperationContext } from '../shared/context.ts';
import type { Route } from '../shared/declare.ts';
import { DomainError, invalid } from '../shared/errors.ts';
import { type HttpRequest, type HttpResult, httpApi, json } from '../shared/http/api.ts';
import { decodeBody, decodeQuery, parseQuery } from './decode.ts';
import { encode } from './encode.ts';
import type { Decoded, FieldTable } from './field-table.ts';
import { WrongValue } from './values.ts';

/** An operation with the fields of its request. */
export interface MlflowOperation {
  readonly fields: FieldTable;
  /** Whether values of wrong types are all refused: MLflow's servers let some pass. */
  readonly strict?: true;
  /** Whether no body is asked for, nor therefore its type. */
  readonly bodyless?: true;
  readonly run: (
    input: never,
    context: OperationContext,
  ) => Promise<object | HttpResult | undefined>;
}

/** Ties a request's fields to the operation, whose input type follows from them. */
export function operation<const T extends FieldTable>(
  fields: T,
  run: (input: Decoded<T>, context: OperationContext) => Promise<object | HttpResult | undefined>,
): MlflowOperation {
  return { fields, run: run as MlflowOperation['run'] };
}

/** An operation that MLflow's servers do not have: what they let pass is refused. */
export const strictOperation: typeof operation = (fields, run) => ({
  ...operation(fields, run),
  strict: true,
});

/** An operation that takes nothing from its request. */
export const bodyless = (
  run: (input: object, context: OperationContext) => Promise<HttpResult>,
) => ({
  ...operation({}, run),
  bodyless: true as const,
});

/** Function of MLflow endpoints: decodes by field tables, encodes MLflow's JSON. */
export function mlflowApi<R extends Route, F extends R['fn']>(
  routes: readonly R[],
  fn: F,
  operations: Readonly<Record<Extract<R, { fn: F }>['operation'], MlflowOperation>>,
) {
  const table = operations as Readonly<Record<string, MlflowOperation>>;
  return httpApi<Route>({
    routes,
    fn,
    dispatch: async (route, request, context) => {
      const bound = table[route.operation];
      if (!bound) throw new DomainError('NOT_IMPLEMENTED', `${route.operation} is not bound`);
      const { fields, strict } = bound;
      if (bound.bodyless) return bound.run({} as never, context) as Promise<HttpResult>;
      if (request.method === 'POST' || request.method === 'PUT') checkContentType(request);
      // The Python client sends deletions with a body, databricks-sdk with a query string. A GET may
      // have a body, too, which counts when there is no query.
      const query = request.event.rawQueryString;
      const input =
        request.body.length === 0 || (request.method === 'GET' && query !== '')
          ? decodeQuery(parseQuery(query), fields, request.params, strict)
          : decodeBody(request.body, fields, request.params, strict);
      const output = await bound.run(input as never, context).catch((error: unknown) => {
        throw error instanceof WrongValue ? error.asSentIn(request.body) : error;
      });
      if (output && 'statusCode' in output) return output;
      return json(200, encode(output ?? {}));
    },
  });
}

function checkContentType({ headers }: HttpRequest): void {
  const type = headers['content-type'];
  if (type?.split(';')[0]?.trim().toLowerCase() === 'application/json') return;
  throw invalid(
    type
      ? "Bad Request. Content-Type must be one of ['application/json']."
      : 'Bad Request. Content-Type header is missing.',
  );
}

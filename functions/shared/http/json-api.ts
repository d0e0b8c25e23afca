import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import type { OperationContext } from '../context.ts';
import type { Route } from '../declare.ts';
import { DomainError, invalid } from '../errors.ts';
import { type HttpRequest, type HttpResult, httpApi, json } from './api.ts';

// The small zod comes without texts: callers read them.
z.config(en());

/** An operation of Slipway's or Databricks' JSON dialect: returns the body of a 200, or a whole result. */
export type JsonOperation = (
  request: HttpRequest,
  context: OperationContext,
) => Promise<HttpResult | object>;

const isResult = (value: object): value is HttpResult => 'statusCode' in value;

/** Binds route rows to operations; a row without an operation does not compile. */
export function jsonApi<const R extends Route, F extends R['fn']>(
  routes: readonly R[],
  fn: F,
  operations: Readonly<Record<Extract<R, { fn: F }>['operation'], JsonOperation>>,
) {
  const table = operations as Readonly<Record<string, JsonOperation>>;
  return httpApi<Route>({
    routes,
    fn,
    dispatch: async (route, request, context) => {
      const operation = table[route.operation];
      if (!operation) throw new DomainError('NOT_IMPLEMENTED', `${route.operation} is not bound`);
      const output = await operation(request, context);
      return isResult(output) ? output : json(200, output);
    },
  });
}

/** The JSON body, checked against a strict schema; errors name the field's path. */
export function parseBody<T>(request: HttpRequest, schema: z.core.$ZodType<T>): T {
  return parseValue(parseJson(request.body), schema);
}

export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new DomainError('MALFORMED_REQUEST', `The body is not valid JSON: ${String(error)}`);
  }
}

export function parseValue<T>(value: unknown, schema: z.core.$ZodType<T>): T {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => ({
    path: issue.path.join('.'),
    message: issue.message,
  }));
  const first = issues[0];
  const where = first?.path ? `${first.path}: ` : '';
  throw invalid(`${where}${first?.message ?? 'invalid body'}`, issues);
}

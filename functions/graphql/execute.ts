import {
  execute as executeDocument,
  type GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  validate,
} from 'graphql';
import { DomainError } from '../shared/errors.ts';
import { parseDocument, quoted } from './document.ts';
import { checkLimits } from './limits.ts';
import { makeSchema } from './schema.ts';
import { leaf } from './types.ts';

export interface Execution {
  readonly query: string;
  /** Which of the document's operations; needed when there are several. */
  readonly operationName?: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Errors are texts, which is how MLflow's server answers. */
interface Executed {
  readonly data: unknown;
  readonly errors: readonly string[] | null;
}

let schema: GraphQLSchema | undefined;

/**
 * Runs one operation by graphql-js. Throws INVALID_PARAMETER_VALUE for documents that are none or too
 * large; what does not fit the schema is said in `errors`.
 */
export async function execute(execution: Execution): Promise<Executed> {
  const { query, operationName, variables } = execution;
  const document = parseDocument(query);
  checkLimits(document);
  schema ??= makeSchema();
  const faults = validate(schema, document);
  if (faults.length > 0) return { data: null, errors: faults.map(textOf) };
  const { data = null, errors } = await executeDocument({
    schema,
    document,
    variableValues: variables,
    ...(operationName !== undefined && { operationName }),
    fieldResolver,
  });
  for (const { originalError } of errors ?? []) {
    if (originalError && isDefect(originalError)) throw originalError;
  }
  return { data, errors: errors?.map(textOf) ?? null };
}

/** What is neither a refusal nor the library's own word about a value. */
const isDefect = (error: Error) => !(error instanceof DomainError) && error.name !== 'GraphQLError';

const textOf = ({ message }: GraphQLError) => quoted(message);

/** Fields have the names of the wire: `runId` is `run_id`. */
const fieldResolver: GraphQLFieldResolver<Readonly<Record<string, unknown>>, unknown> = (
  source,
  _args,
  _context,
  { fieldName, returnType, parentType },
) => leaf(String(returnType), source[toSnake(fieldName)] ?? source[fieldName], parentType.name);

const toSnake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

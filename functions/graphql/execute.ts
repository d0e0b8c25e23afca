import { valueFromASTUntyped } from 'graphql';
import { DomainError, invalid } from '../shared/errors.ts';
import { type Document, type FieldNode, type OperationNode, parseDocument } from './document.ts';
import { checkLimits } from './limits.ts';
import { LOOKUPS, ROOTS, type RootField } from './root-fields.ts';
import { argumentsOf, type Request, selectedFields } from './selected-fields.ts';
import { scalar, TYPES } from './types.ts';
import { validate } from './validate.ts';

export interface Execution {
  readonly query: string;
  /** Which of the document's operations; needed when there are several. */
  readonly operationName?: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * Runs one operation. A refusal of an endpoint is answered as `apiError` of its field. Throws
 * INVALID_PARAMETER_VALUE for documents that are none, too large or do not fit the schema.
 */
export async function execute(execution: Execution): Promise<Record<string, unknown>> {
  const document = parseDocument(execution.query);
  checkLimits(document);
  const operation = chosen(document, execution.operationName);
  const defaults = [...operation.defaults].map(([name, node]) => [name, valueFromASTUntyped(node)]);
  const request = {
    document,
    variables: { ...Object.fromEntries(defaults), ...execution.variables },
  };
  validate(request, operation);
  const type = operation.type === 'query' ? 'Query' : 'Mutation';
  const fields = selectedFields(request, operation.selections, type);
  const values = await Promise.all(
    fields.map(({ field }) => {
      const root = ROOTS[operation.type][field.name];
      return root ? resolveRoot(request, field, root) : type;
    }),
  );
  return Object.fromEntries(fields.map(({ key }, i) => [key, values[i]]));
}

function chosen({ operations }: Document, name: string | undefined): OperationNode {
  const [first, second] = operations;
  if (name === undefined) {
    if (first && !second) return first;
    throw invalid('Must provide operation name if query contains multiple operations.');
  }
  const named = operations.find((operation) => operation.name === name);
  if (!named) throw invalid(`Unknown operation named '${name}'.`);
  return named;
}

async function resolveRoot(request: Request, field: FieldNode, root: RootField): Promise<unknown> {
  try {
    const value = await root.resolve(argumentsOf(request, field.args));
    return await complete(request, value, root.type, field);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const { code, message } = error;
    return complete(request, { apiError: { code, message } }, root.type, field);
  }
}

/** A value with what was selected of it. */
async function complete(
  request: Request,
  value: unknown,
  type: string,
  field: FieldNode,
): Promise<unknown> {
  const item = /^\[(.*)\]$/.exec(type)?.[1];
  if (item !== undefined) {
    const items: readonly unknown[] = Array.isArray(value) ? value : [];
    return Promise.all(items.map((one) => complete(request, one, item, field)));
  }
  const types = TYPES[type];
  if (!types) return scalar(type, value);
  if (value === undefined || value === null) return null;
  const object = value as Readonly<Record<string, unknown>>;
  const fields = selectedFields(request, field.selections, type);
  const values = await Promise.all(
    fields.map(async ({ field: inner }) => {
      const { name } = inner;
      if (name === '__typename') return type;
      const lookUp = LOOKUPS[`${type}.${name}`];
      const own = lookUp ? await lookUp(object as never) : (object[toSnake(name)] ?? object[name]);
      return complete(request, own, types[name] ?? '', inner);
    }),
  );
  return Object.fromEntries(fields.map(({ key }, i) => [key, values[i]]));
}

/** Names of the wire: `runId` is `run_id`. */
const toSnake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { invalid } from '../shared/errors.ts';

/** MLflow's limits (`mlflow/server/graphql/graphql_no_batching.py`). */
const MAX_DEPTH = 10;
const MAX_SELECTIONS = 1000;
const MAX_ROOT_FIELDS = 10;
const MAX_ALIASES = 10;

/** Refuses documents that ask for much in one request; fragments have a depth and a size wherever they are used. */
export function checkLimits({ definitions }: DocumentNode): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition);
    }
  }
  let total = 0;
  let most = 0;
  const visit = (set: SelectionSetNode | undefined, depth: number, within: readonly string[]) => {
    // graphql-js reads it; the language has no such thing.
    if (set?.selections.length === 0) throw invalid("Syntax Error: Expected Name, found '}'.");
    let aliases = 0;
    for (const selection of set?.selections ?? []) {
      if (depth > MAX_DEPTH) throw invalid(`Query exceeds maximum depth of ${MAX_DEPTH}`);
      total += 1;
      if (total > MAX_SELECTIONS) {
        throw invalid(`Query exceeds maximum total selections of ${MAX_SELECTIONS}`);
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value;
        // A fragment within itself, and one that is not there, are for the validation to name.
        if (!within.includes(name)) {
          visit(fragments.get(name)?.selectionSet, depth, [...within, name]);
        }
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        visit(selection.selectionSet, depth, within);
      } else {
        if (selection.alias !== undefined) aliases += 1;
        visit(selection.selectionSet, depth + 1, within);
      }
    }
    most = Math.max(most, aliases);
  };
  let roots = 0;
  for (const definition of definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) visit(definition.selectionSet, 1, []);
    // Those of all operations and fragments together, as MLflow's server counts.
    if ('selectionSet' in definition) {
      roots += definition.selectionSet?.selections.filter(isField).length ?? 0;
    }
  }
  if (roots > MAX_ROOT_FIELDS) {
    throw tooMany('root fields', roots, MAX_ROOT_FIELDS, 'MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS');
  }
  if (most > MAX_ALIASES) {
    throw tooMany('aliases', most, MAX_ALIASES, 'MLFLOW_SERVER_GRAPHQL_MAX_ALIASES');
  }
}

const isField = ({ kind }: SelectionNode) => kind === Kind.FIELD;

const tooMany = (what: string, count: number, limit: number, setting: string) =>
  invalid(
    `GraphQL queries should have at most ${limit} ${what}, got ${count} ${what} (${setting} of MLflow).`,
  );

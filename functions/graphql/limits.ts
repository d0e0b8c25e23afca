import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { invalid } from '../shared/errors.ts';

/** MLflow's limits (`mlflow/server/graphql/graphql_no_batching.py`). */
const MAX_DEPTH = 10;
const MAX_SELECTIONS = 1000;
const MAX_ROOT_FIELDS = 10;
const MAX_ALIASES = 10;

/** Refuses documents that ask for much in one request; fragments count wherever they are used. */
export function checkLimits({ definitions }: DocumentNode): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition);
    }
  }
  let total = 0;
  const visit = (set: SelectionSetNode | undefined, depth: number, within: readonly string[]) => {
    // graphql-js reads it; the language has no such thing.
    if (set?.selections.length === 0) throw invalid("Syntax Error: Expected Name, found '}'.");
    let aliases = 0;
    let fields = 0;
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
        fields += 1;
        if (selection.alias !== undefined) aliases += 1;
        visit(selection.selectionSet, depth + 1, within);
      }
    }
    if (depth === 1 && fields > MAX_ROOT_FIELDS) {
      throw tooMany(
        'root fields',
        fields,
        MAX_ROOT_FIELDS,
        'MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS',
      );
    }
    if (aliases > MAX_ALIASES) {
      throw tooMany('aliases', aliases, MAX_ALIASES, 'MLFLOW_SERVER_GRAPHQL_MAX_ALIASES');
    }
  };
  for (const definition of definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) visit(definition.selectionSet, 1, []);
  }
}

const tooMany = (what: string, count: number, limit: number, setting: string) =>
  invalid(
    `GraphQL queries should have at most ${limit} ${what}, got ${count} ${what} (${setting} of MLflow).`,
  );

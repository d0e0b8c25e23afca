import { invalid } from '../shared/errors.ts';
import type { Document, Selection } from './document.ts';

/** MLflow's limits (`mlflow/server/graphql/graphql_no_batching.py`). */
const MAX_DEPTH = 10;
const MAX_SELECTIONS = 1000;
const MAX_ROOT_FIELDS = 10;
const MAX_ALIASES = 10;

/** Refuses documents that ask for much in one request; fragments count wherever they are used. */
export function checkLimits(document: Document): void {
  let total = 0;
  const visit = (selections: readonly Selection[], depth: number, within: readonly string[]) => {
    let aliases = 0;
    let fields = 0;
    for (const selection of selections) {
      if (depth > MAX_DEPTH) throw invalid(`Query exceeds maximum depth of ${MAX_DEPTH}`);
      total += 1;
      if (total > MAX_SELECTIONS) {
        throw invalid(`Query exceeds maximum total selections of ${MAX_SELECTIONS}`);
      }
      if (selection.kind === 'spread') {
        const fragment = document.fragments.get(selection.name);
        if (!fragment) throw invalid(`Unknown fragment '${selection.name}'.`);
        if (within.includes(selection.name)) {
          throw invalid(`Cannot spread fragment '${selection.name}' within itself.`);
        }
        visit(fragment.selections, depth, [...within, selection.name]);
      } else if (selection.kind === 'inline') visit(selection.selections, depth, within);
      else {
        fields += 1;
        if (selection.alias !== undefined) aliases += 1;
        visit(selection.selections, depth + 1, within);
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
  for (const { selections } of document.operations) visit(selections, 1, []);
}

const tooMany = (what: string, count: number, limit: number, setting: string) =>
  invalid(
    `GraphQL queries should have at most ${limit} ${what}, got ${count} ${what} (${setting} of MLflow).`,
  );

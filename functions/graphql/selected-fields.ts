import { valueFromASTUntyped } from 'graphql';
import { invalid } from '../shared/errors.ts';
import type { Arguments, Directive, Document, FieldNode, Selection } from './document.ts';

/** A document with the values of its variables. */
export interface Request {
  readonly document: Document;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface SelectedField {
  /** Name in the answer. */
  readonly key: string;
  readonly field: FieldNode;
}

/** Fields of a selection with those of its fragments; what is selected twice is put together. */
export function selectedFields(
  request: Request,
  selections: readonly Selection[],
  type: string,
): SelectedField[] {
  const byKey = new Map<string, FieldNode>();
  for (const field of expand(request, selections, type)) {
    const key = field.alias ?? field.name;
    const before = byKey.get(key);
    if (before && before.name !== field.name) {
      throw invalid(`Fields '${key}' conflict because they are different fields.`);
    }
    const all = before ? [...before.selections, ...field.selections] : field.selections;
    byKey.set(key, { ...field, selections: all });
  }
  return [...byKey].map(([key, field]) => ({ key, field }));
}

function* expand(
  request: Request,
  selections: readonly Selection[],
  type: string,
): Generator<FieldNode> {
  for (const selection of selections) {
    if (!isIncluded(request, selection.directives)) continue;
    if (selection.kind === 'field') yield selection;
    else {
      const fragment =
        selection.kind === 'inline' ? selection : request.document.fragments.get(selection.name);
      if (fragment && (fragment.on === undefined || fragment.on === type)) {
        yield* expand(request, fragment.selections, type);
      }
    }
  }
}

/** The directives `@skip(if:)` and `@include(if:)`; others say nothing about what is answered. */
const isIncluded = (request: Request, directives: readonly Directive[]) =>
  directives.every(({ name, args }) => {
    const condition = argumentsOf(request, args).if;
    return name === 'skip' ? !condition : name !== 'include' || Boolean(condition);
  });

/** A variable without a value is as if it were not written. */
export const argumentsOf = (request: Request, args: Arguments): Record<string, unknown> =>
  Object.fromEntries(
    [...args].map(([name, node]) => [name, valueFromASTUntyped(node, request.variables)]),
  );

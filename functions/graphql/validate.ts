import { invalid } from '../shared/errors.ts';
import type { FieldNode, OperationNode } from './document.ts';
import { ROOTS } from './root-fields.ts';
import { type Request, selectedFields } from './selected-fields.ts';
import { TYPES } from './types.ts';

/** Refuses operations that ask for fields which are not there, before anything is looked up. */
export function validate(request: Request, operation: OperationNode): void {
  const root = operation.type === 'query' ? 'Query' : 'Mutation';
  for (const { field } of selectedFields(request, operation.selections, root)) {
    if (field.name === '__typename') continue;
    const known = ROOTS[operation.type];
    if (!Object.hasOwn(known, field.name)) throw unknownField(field, root);
    checkSelections(request, field, known[field.name]?.type ?? '');
  }
}

function checkSelections(request: Request, field: FieldNode, type: string): void {
  const types = TYPES[type.replaceAll(/[[\]]/g, '')];
  if (!types) {
    if (field.selections.length === 0) return;
    throw invalid(`Field '${field.name}' must not have a selection since it has no subfields.`);
  }
  if (field.selections.length === 0) {
    throw invalid(`Field '${field.name}' of type '${type}' must have a selection of subfields.`);
  }
  const own = type.replaceAll(/[[\]]/g, '');
  for (const { field: inner } of selectedFields(request, field.selections, own)) {
    if (inner.name === '__typename') continue;
    const innerType = Object.hasOwn(types, inner.name) ? types[inner.name] : undefined;
    if (innerType === undefined) throw unknownField(inner, own);
    checkSelections(request, inner, innerType);
  }
}

const unknownField = ({ name }: FieldNode, type: string) =>
  invalid(`Cannot query field '${name}' on type '${type}'.`);

export type { Comparison, Literal, Operator } from './comparison.ts';
export { holds, like } from './evaluate.ts';
export {
  type CheckedComparison,
  checkComparison,
  type FieldKind,
  resolveField,
  type SearchFields,
} from './field-rules.ts';
export { compareValues, type OrderClause, parseOrderBy } from './order-by.ts';
export { parseFilter, parseLooseFilter, parseStrictFilter } from './parser.ts';
export { compileRowFilter } from './row-filter.ts';
export { compareRows, type SortValues, TopRows } from './top-rows.ts';

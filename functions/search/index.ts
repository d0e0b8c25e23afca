export type { Comparison, Literal, Operator } from './comparison.ts';
export { holds, like } from './evaluate.ts';
export { type CheckedComparison, checkComparison, type SearchFields } from './field-rules.ts';
export { parseLooseFilter } from './loose-parser.ts';
export { compareValues, type OrderClause, parseOrderBy } from './order-by.ts';
export { parseFilter } from './parser.ts';
export { compileRowFilter } from './row-filter.ts';
export { unquoted, withoutBackticks } from './sql-reader.ts';
export { compareRows, type SortValues, TopRows } from './top-rows.ts';

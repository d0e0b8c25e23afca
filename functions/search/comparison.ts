export type Operator =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'LIKE'
  | 'ILIKE'
  | 'NOT LIKE'
  | 'NOT ILIKE'
  | 'RLIKE'
  | 'IN'
  | 'NOT IN'
  | 'IS NULL'
  | 'IS NOT NULL';

export type Literal = string | number;

/** The name of a field: `accuracy`, `metrics.accuracy`, `` tags.`a b` ``. */
export interface Identifier {
  /** `metrics` of `metrics.accuracy`; absent for a bare key. */
  readonly entity?: string;
  readonly key: string;
  /** The key as it is written, where that is in quotes. */
  readonly raw?: string;
}

/** One condition of a filter: `metrics.accuracy > 0.9`. */
export interface Comparison extends Identifier {
  readonly operator: Operator;
  readonly value: Literal | readonly Literal[] | null;
  /** The number that is the value, as written. */
  readonly number?: string;
  /** The operator as written, where that is not in capitals: some searches refuse it. */
  readonly spelling?: string;
}

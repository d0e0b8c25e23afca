import type { Int64 } from '../shared/int64.ts';

/** Types of MLflow's messages; a list is an enum, an object a nested message. */
export type FieldType =
  | 'string'
  /** Exact: for what is given back as it came. */
  | 'int64'
  | 'int32'
  /** 64 bits, as the nearest number that is exact: for times and limits. */
  | 'rounded64'
  | 'double'
  | 'bool'
  /** Any JSON value, given on as it came: well-known types have JSON of their own. */
  | 'json'
  /** Google's well-known types as their JSON has them: texts. */
  | 'timestamp'
  | 'duration'
  /** An object of texts. */
  | 'map'
  | readonly string[]
  | { readonly fields: FieldTable };

export interface Field {
  readonly type: FieldType;
  readonly repeated?: true;
  readonly required?: true;
  /** What it is when it is unset: proto2's defaults, where an operation has no other use for that. */
  readonly default?: string | number;
  /**
   * Of a message in which some value is of a wrong type, MLflow's servers look at the types of most fields:
   * not at this one's; at whether it is a list, not at its items; at this one's, though at no other enum's or
   * boolean's (a text will do for an enum); at whether this enum is a number; at this one's before it is missed;
   * at this one's in the body, though the path has it, too.
   */
  readonly check?: 'nothing' | 'list' | 'type' | 'number' | 'first' | 'body';
  /** Of a field that the path has, too: the one in the body is meant. */
  readonly ofBody?: true;
  /** Of a number in such a message: the largest that they take. */
  readonly max?: number;
  /** Of an enum: what a value that it does not have stands for, where the operation has a use for that. */
  readonly otherwise?: string;
  /** Another name that clients use: `run_uuid` for `run_id`. */
  readonly alias?: string;
}

/** Fields of a message by their snake_case names. */
export type FieldTable = Readonly<Record<string, Field>>;

export const string = { type: 'string' } as const satisfies Field;
export const requiredString = { type: 'string', required: true } as const satisfies Field;
/** Missing, it is of a wrong type in a message in which another value is. */
export const typedString = { ...requiredString, check: 'first' } as const satisfies Field;
export const requiredInt64 = { type: 'int64', required: true } as const satisfies Field;
export const requiredRunId = {
  type: 'string',
  required: true,
  alias: 'run_uuid',
} as const satisfies Field;
export const strings = { type: 'string', repeated: true } as const satisfies Field;
export const typedStrings = { ...strings, required: true, check: 'first' } as const satisfies Field;
export const int64 = { type: 'int64' } as const satisfies Field;
export const int32 = { type: 'int32' } as const satisfies Field;
export const rounded64 = { type: 'rounded64' } as const satisfies Field;
export const double = { type: 'double' } as const satisfies Field;
export const bool = { type: 'bool' } as const satisfies Field;
/** Fields at whose types MLflow's servers do not look. */
export const uncheckedString = { type: 'string', check: 'nothing' } as const satisfies Field;
export const uncheckedStrings = { ...strings, check: 'nothing' } as const satisfies Field;
export const uncheckedItems = { ...strings, check: 'list' } as const satisfies Field;
export const uncheckedInt32 = { type: 'int32', check: 'nothing' } as const satisfies Field;
export const anyJson = { type: 'json' } as const satisfies Field;
export const timestamp = { type: 'timestamp' } as const satisfies Field;
export const duration = { type: 'duration' } as const satisfies Field;
export const stringMap = { type: 'map' } as const satisfies Field;
export const messages = <const F extends FieldTable>(fields: F) =>
  ({ type: { fields }, repeated: true }) as const;
export const message = <const F extends FieldTable>(fields: F) => ({ type: { fields } }) as const;
export const enumeration = <const N extends readonly string[]>(...names: N) =>
  ({ type: names }) as const;

type Value<T extends FieldType> = T extends 'string' | 'timestamp' | 'duration'
  ? string
  : T extends 'int64'
    ? Int64
    : T extends 'int32' | 'rounded64' | 'double'
      ? number
      : T extends 'bool'
        ? boolean
        : T extends 'json'
          ? unknown
          : T extends 'map'
            ? Readonly<Record<string, string>>
            : T extends readonly (infer N)[]
              ? N
              : T extends { readonly fields: infer F extends FieldTable }
                ? Decoded<F>
                : never;

type FieldValue<F extends Field> = F extends { readonly repeated: true }
  ? readonly Value<F['type']>[]
  : Value<F['type']>;

/** Fields that are never absent. */
type Present = { required: true } | { repeated: true } | { default: string | number };

/** The decoded message: required fields, lists and those with a default are present. */
export type Decoded<T extends FieldTable> = {
  readonly [K in keyof T as T[K] extends Present ? K : never]: FieldValue<T[K]>;
} & {
  readonly [K in keyof T as T[K] extends Present ? never : K]?: FieldValue<T[K]>;
};

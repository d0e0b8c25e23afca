import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';

export type Attributes = Record<string, AttributeValue>;

/** A JavaScript object as an item; absent values are left out, so that sparse indexes stay sparse. */
export const toItem = (value: object): Attributes =>
  marshall(value, { removeUndefinedValues: true, convertClassInstanceToMap: false });

export const fromItem = <T>(item: Attributes): T => unmarshall(item) as T;

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** `key('RUN', id)` → `RUN#<id>`. */
export const key = (...parts: (string | number)[]): string => parts.join('#');

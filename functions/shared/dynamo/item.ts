/** A value as DynamoDB's JSON has it; bytes are base64. */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly L: readonly AttributeValue[] }
  | { readonly M: Attributes };

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A JavaScript object as an item; absent values are left out, so that sparse indexes stay sparse. */
export function toItem(value: object): Attributes {
  const attributes: [string, AttributeValue][] = [];
  for (const [name, one] of Object.entries(value)) {
    if (one !== undefined) attributes.push([name, toValue(one)]);
  }
  return Object.fromEntries(attributes);
}

function toValue(value: unknown): AttributeValue {
  switch (typeof value) {
    case 'string':
      return { S: value };
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} is no number to DynamoDB`);
      return { N: String(value) };
    case 'bigint':
      return { N: String(value) };
    case 'boolean':
      return { BOOL: value };
    case 'object':
      if (value === null) return { NULL: true };
      if (value instanceof Uint8Array) return { B: toBase64(value) };
      if (Array.isArray(value)) {
        return { L: value.filter((one) => one !== undefined).map(toValue) };
      }
      if (isPlain(value)) return { M: toItem(value) };
  }
  throw new TypeError(`An item cannot hold ${Object.prototype.toString.call(value)}`);
}

const toBase64 = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

/** Maps, sets and dates would silently lose what they hold. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export const fromItem = <T>(item: Attributes): T => fromAttributes(item) as T;

/** Any name may be an attribute's, `__proto__` too. */
const fromAttributes = (item: Attributes): object =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, fromValue(value)]));

function fromValue(value: AttributeValue): unknown {
  if ('S' in value) return value.S;
  if ('N' in value) return Number(value.N);
  if ('M' in value) return fromAttributes(value.M);
  if ('B' in value) return Buffer.from(value.B, 'base64');
  if ('L' in value) return value.L.map(fromValue);
  if ('BOOL' in value) return value.BOOL;
  if ('NULL' in value) return null;
  throw new TypeError(`Attribute type ${Object.keys(value).join()} is not in use`);
}

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** `key('RUN', id)` → `RUN#<id>`. */
export const key = (...parts: (string | number)[]): string => parts.join('#');

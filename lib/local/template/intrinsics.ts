import { LOCAL_ACCOUNT, LOCAL_REGION } from '../shared/arn.ts';
import { UnsupportedError } from '../shared/properties.ts';

/** Values of `Ref` and `Fn::GetAtt`; throws for what does not exist. */
export interface References {
  readonly ref: (logicalId: string) => string;
  readonly attribute: (logicalId: string, name: string) => string;
  readonly condition: (name: string) => boolean;
}

/** Stands where a property or an item is left out (`AWS::NoValue`). */
const NO_VALUE = Symbol('AWS::NoValue');

export const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::AccountId': LOCAL_ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': LOCAL_REGION,
  'AWS::StackName': 'slipway-local',
  'AWS::StackId': `arn:aws:cloudformation:${LOCAL_REGION}:${LOCAL_ACCOUNT}:stack/slipway-local/local`,
  'AWS::URLSuffix': 'amazonaws.com',
};

type Intrinsic = (argument: unknown, references: References) => unknown;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html */
const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, references) => (name === 'AWS::NoValue' ? NO_VALUE : references.ref(text(name))),
  'Fn::GetAtt': (path, references) => {
    const [id, ...names] = Array.isArray(path) ? path.map(text) : text(path).split('.');
    return references.attribute(id ?? '', names.join('.'));
  },
  'Fn::Join': (argument, references) => {
    const [separator, parts] = list(argument);
    return list(resolve(parts, references)).map(text).join(text(separator));
  },
  'Fn::Sub': (argument, references) => {
    const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
    const values = resolve(variables, references) as Record<string, unknown>;
    return text(template).replaceAll(/\$\{(!?)([^}]+)\}/g, (_all, literal, name: string) => {
      if (literal) return `\${${name}}`;
      if (Object.hasOwn(values, name)) return text(values[name]);
      const [id, ...attribute] = name.split('.');
      return attribute.length > 0
        ? references.attribute(id ?? '', attribute.join('.'))
        : references.ref(name);
    });
  },
  'Fn::Equals': (argument, references) => {
    const [one, other] = list(resolve(argument, references)).map(text);
    return one === other;
  },
  'Fn::If': (argument, references) => {
    const [name, whenTrue, whenFalse] = list(argument);
    return resolve(references.condition(text(name)) ? whenTrue : whenFalse, references);
  },
  'Fn::Select': (argument, references) => {
    const [index, items] = list(resolve(argument, references));
    const all = list(items);
    const at = text(index);
    if (!/^\d+$/.test(at) || Number(at) >= all.length) {
      throw new UnsupportedError(`Fn::Select: no item ${at} among ${all.length}`);
    }
    return all[Number(at)];
  },
  'Fn::Split': (argument, references) => {
    const [separator, source] = list(resolve(argument, references));
    return text(source).split(text(separator));
  },
};

/** A value with all intrinsic functions worked out; an unknown one is refused by name. */
export function resolve(value: unknown, references: References): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => resolve(item, references)).filter((item) => item !== NO_VALUE);
  }
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (only && entries.length === 1) {
    const [name, argument] = only;
    const intrinsic = INTRINSICS[name];
    if (intrinsic) return intrinsic(argument, references);
    if (name.startsWith('Fn::')) throw new UnsupportedError(`${name} is not supported locally`);
  }
  return Object.fromEntries(
    entries
      .map(([name, item]) => [name, resolve(item, references)])
      .filter(([, item]) => item !== NO_VALUE),
  );
}

/** Logical ids that a value refers to: what must be created before it. */
export function referencedIds(value: unknown): Set<string> {
  const found = new Set<string>();
  const collect: References = {
    ref: (id) => {
      found.add(id);
      return '';
    },
    attribute: (id) => {
      found.add(id);
      return '';
    },
    condition: () => true,
  };
  resolveQuietly(value, collect);
  return found;
}

/** Walks every branch, also those whose result a function would drop (`Fn::Select`). */
function resolveQuietly(value: unknown, references: References): void {
  if (Array.isArray(value)) {
    for (const item of value) resolveQuietly(item, references);
  } else if (value !== null && typeof value === 'object') {
    for (const [name, item] of Object.entries(value)) {
      if (name === 'Ref' || name === 'Fn::GetAtt' || name === 'Fn::Sub') {
        resolve({ [name]: item }, references);
      }
      resolveQuietly(item, references);
    }
  }
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new UnsupportedError(`A text is expected, not ${JSON.stringify(value)}`);
}

function list(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new UnsupportedError(`A list is expected, not ${JSON.stringify(value)}`);
}

import { UnsupportedError } from '../shared/properties.ts';
import type { Template, TemplateParameter } from './assembly.ts';

/** A value of the Parameter Store is its name here: nothing of the product reads one. */
const TYPES = ['String', 'Number', 'AWS::SSM::Parameter::Value<String>'];

/**
 * The parameters' values: those given, or the defaults. Throws `UnsupportedError` for a value that the
 * template does not allow.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
 */
export function parameterValues(
  { Parameters: declared = {} }: Pick<Template, 'Parameters'>,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const values = Object.entries(declared).map(([name, parameter]) => {
    const value = given[name] ?? parameter.Default;
    const problem = problemOf(parameter, value);
    if (value === undefined || problem) throw new UnsupportedError(`Parameter ${name}: ${problem}`);
    return [name, String(value)] as const;
  });
  return Object.fromEntries(values);
}

function problemOf(parameter: TemplateParameter, value: string | undefined): string | undefined {
  const { Type: type = 'String', AllowedValues: allowed, AllowedPattern: pattern } = parameter;
  if (!TYPES.includes(type)) return `type ${type} is not supported locally`;
  if (value === undefined) return 'it has no value';
  const text = String(value);
  const shown = parameter.NoEcho === true ? 'the secret value' : `'${text}'`;
  if (allowed && !allowed.map(String).includes(text)) {
    return `${shown} is none of ${allowed.join(', ')}`;
  }
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(text)) {
    return `${shown} does not match ${pattern}`;
  }
  const number = type === 'Number';
  if (number && (text.trim() === '' || Number.isNaN(Number(text)))) return `${shown} is no number`;
  const [size, least, most] = number
    ? [Number(text), parameter.MinValue, parameter.MaxValue]
    : [text.length, parameter.MinLength, parameter.MaxLength];
  if (size < Number(least ?? -Infinity) || size > Number(most ?? Infinity)) {
    return `${shown} is not within ${least ?? 'any'} to ${most ?? 'any'}`;
  }
  return undefined;
}

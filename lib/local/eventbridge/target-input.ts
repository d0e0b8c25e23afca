import type { BusEvent } from './event.ts';
import { compilePath } from './json-path.ts';

/** What a target says about its input; at most one of the three may be set. */
export interface TargetInput {
  readonly Input?: string | undefined;
  readonly InputPath?: string | undefined;
  readonly InputTransformer?:
    | {
        readonly InputPathsMap?: Readonly<Record<string, string>> | undefined;
        readonly InputTemplate: string;
      }
    | undefined;
}

interface RuleNames {
  readonly name: string;
  readonly arn: string;
}

/** Makes the JSON text that a target gets of an event. */
type Transform = (event: BusEvent) => string;

/**
 * Compiles a target's input. Throws when more than one kind is given, or for a template that does
 * not give JSON.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function compileInput(input: TargetInput, rule: RuleNames): Transform {
  const { Input, InputPath, InputTransformer } = input;
  if ([Input, InputPath, InputTransformer].filter((one) => one !== undefined).length > 1) {
    throw new Error('Input, InputPath and InputTransformer exclude each other');
  }
  if (Input !== undefined) {
    JSON.parse(Input);
    return () => Input;
  }
  if (InputPath !== undefined) {
    const at = compilePath(InputPath);
    return (event) => JSON.stringify(at(event) ?? null);
  }
  if (InputTransformer !== undefined) return compileTransformer(InputTransformer, rule);
  return (event) => JSON.stringify(event);
}

type Variable = (event: BusEvent) => unknown;

function compileTransformer(
  {
    InputPathsMap: paths = {},
    InputTemplate: template,
  }: NonNullable<TargetInput['InputTransformer']>,
  rule: RuleNames,
): Transform {
  const variables = new Map<string, Variable>(predefined(rule));
  for (const [name, path] of Object.entries(paths)) variables.set(name, compilePath(path));
  const parts = parseTemplate(template, variables);
  const render = (value: (variable: Variable) => unknown) =>
    parts
      .map((part) => (typeof part === 'string' ? part : insert(part, value(part.variable))))
      .join('');
  JSON.parse(render(() => null));
  return (event) => render((variable) => variable(event));
}

const predefined = ({ name, arn }: RuleNames): [string, Variable][] => [
  ['aws.events.rule-name', () => name],
  ['aws.events.rule-arn', () => arn],
  ['aws.events.event.ingestion-time', ({ time }) => time],
  ['aws.events.event.json', (event) => event],
  ['aws.events.event', ({ detail: _detail, ...rest }) => rest],
];

interface Placeholder {
  readonly variable: Variable;
  /** Whether it stands within a JSON string. */
  readonly quoted: boolean;
}

/** A value within a string is its text, escaped; elsewhere it is JSON, `null` where there is none. */
function insert({ quoted }: Placeholder, value: unknown): string {
  if (!quoted) return JSON.stringify(value ?? null);
  const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
  return JSON.stringify(text).slice(1, -1);
}

function parseTemplate(
  template: string,
  variables: ReadonlyMap<string, Variable>,
): (string | Placeholder)[] {
  const parts: (string | Placeholder)[] = [];
  const token = /\\.|"|<([\w.-]+)>/gs;
  let quoted = false;
  let last = 0;
  for (const match of template.matchAll(token)) {
    if (match[0] === '"') quoted = !quoted;
    const name = match[1];
    if (name === undefined) continue;
    const variable = variables.get(name);
    if (!variable) throw new Error(`InputTemplate uses <${name}>, which InputPathsMap lacks`);
    parts.push(template.slice(last, match.index), { variable, quoted });
    last = match.index + match[0].length;
  }
  return [...parts, template.slice(last)];
}

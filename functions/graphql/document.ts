import { DocumentReader } from './document-reader.ts';

/** A value in a document: a constant, or one that names variables. */
export type ValueNode =
  | { readonly kind: 'constant'; readonly value: string | number | boolean | null }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly ValueNode[] }
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, ValueNode> };

export type Arguments = ReadonlyMap<string, ValueNode>;

export interface Directive {
  readonly name: string;
  readonly args: Arguments;
}

interface Conditional {
  readonly directives: readonly Directive[];
}

export interface FieldNode extends Conditional {
  readonly kind: 'field';
  readonly name: string;
  readonly alias?: string;
  readonly args: Arguments;
  readonly selections: readonly Selection[];
}

/** Fields that are written elsewhere (`...Name`) or that belong to a type (`... on Type {`). */
export type FragmentNode = Conditional &
  (
    | { readonly kind: 'spread'; readonly name: string }
    | { readonly kind: 'inline'; readonly on?: string; readonly selections: readonly Selection[] }
  );

export type Selection = FieldNode | FragmentNode;

export interface OperationNode {
  readonly type: 'query' | 'mutation';
  readonly name?: string;
  /** Values of variables that the request leaves out. */
  readonly defaults: ReadonlyMap<string, ValueNode>;
  readonly selections: readonly Selection[];
}

export interface Document {
  readonly operations: readonly OperationNode[];
  readonly fragments: ReadonlyMap<
    string,
    { readonly on: string; readonly selections: readonly Selection[] }
  >;
}

/**
 * Reads a GraphQL request (spec October 2021, section 2) without subscriptions and type definitions.
 * Throws INVALID_PARAMETER_VALUE for what is none.
 */
export function parseDocument(text: string): Document {
  const reader = new DocumentReader(text);
  const operations: OperationNode[] = [];
  const fragments = new Map<string, { on: string; selections: readonly Selection[] }>();
  while (!reader.done()) {
    if (reader.takeName('fragment')) {
      const name = reader.name();
      reader.expectName('on');
      const on = reader.name();
      parseDirectives(reader);
      fragments.set(name, { on, selections: parseSelections(reader) });
    } else operations.push(parseOperation(reader));
  }
  return { operations, fragments };
}

function parseOperation(reader: DocumentReader): OperationNode {
  if (reader.peek() === '{') {
    return { type: 'query', defaults: new Map(), selections: parseSelections(reader) };
  }
  const type = reader.takeName('mutation') ? 'mutation' : 'query';
  if (type === 'query') reader.expectName('query');
  const name = reader.takeAnyName();
  const defaults = parseVariables(reader);
  parseDirectives(reader);
  return {
    type,
    ...(name !== undefined && { name }),
    defaults,
    selections: parseSelections(reader),
  };
}

/** Types of variables are not looked at: the fields that take the values check them. */
function parseVariables(reader: DocumentReader): Map<string, ValueNode> {
  const defaults = new Map<string, ValueNode>();
  if (!reader.take('(')) return defaults;
  while (!reader.take(')')) {
    reader.expect('$');
    const name = reader.name();
    reader.expect(':');
    parseType(reader);
    if (reader.take('=')) defaults.set(name, parseValue(reader));
    parseDirectives(reader);
  }
  return defaults;
}

function parseType(reader: DocumentReader): void {
  if (reader.take('[')) {
    parseType(reader);
    reader.expect(']');
  } else reader.name();
  reader.take('!');
}

function parseSelections(reader: DocumentReader): Selection[] {
  const selections: Selection[] = [];
  reader.nest('{');
  do selections.push(parseSelection(reader));
  while (!reader.leave('}'));
  return selections;
}

function parseSelection(reader: DocumentReader): Selection {
  if (reader.take('...')) return parseFragment(reader);
  const first = reader.name();
  const second = reader.take(':') ? reader.name() : undefined;
  const args = parseArguments(reader);
  const directives = parseDirectives(reader);
  return {
    kind: 'field',
    name: second ?? first,
    ...(second !== undefined && { alias: first }),
    args,
    directives,
    selections: reader.peek() === '{' ? parseSelections(reader) : [],
  };
}

function parseFragment(reader: DocumentReader): FragmentNode {
  const typed = reader.takeName('on');
  const name = typed ? reader.name() : reader.takeAnyName();
  const directives = parseDirectives(reader);
  if (name !== undefined && !typed) return { kind: 'spread', name, directives };
  const selections = parseSelections(reader);
  return { kind: 'inline', ...(name !== undefined && { on: name }), directives, selections };
}

function parseArguments(reader: DocumentReader): Map<string, ValueNode> {
  const args = new Map<string, ValueNode>();
  if (!reader.take('(')) return args;
  while (!reader.take(')')) {
    const name = reader.name();
    reader.expect(':');
    args.set(name, parseValue(reader));
  }
  return args;
}

function parseDirectives(reader: DocumentReader): Directive[] {
  const directives: Directive[] = [];
  while (reader.take('@')) directives.push({ name: reader.name(), args: parseArguments(reader) });
  return directives;
}

function parseValue(reader: DocumentReader): ValueNode {
  if (reader.take('$')) return { kind: 'variable', name: reader.name() };
  if (reader.peek() === '[') {
    const items: ValueNode[] = [];
    reader.nest('[');
    while (!reader.leave(']')) items.push(parseValue(reader));
    return { kind: 'list', items };
  }
  if (reader.peek() === '{') {
    const fields = new Map<string, ValueNode>();
    reader.nest('{');
    while (!reader.leave('}')) {
      const name = reader.name();
      reader.expect(':');
      fields.set(name, parseValue(reader));
    }
    return { kind: 'object', fields };
  }
  return { kind: 'constant', value: reader.constant() };
}

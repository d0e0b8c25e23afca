import {
  type ArgumentNode,
  type DirectiveNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { invalid } from '../shared/errors.ts';

/** Values by name, which may name variables. */
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
  readonly defaults: Arguments;
  readonly selections: readonly Selection[];
}

export interface Document {
  readonly operations: readonly OperationNode[];
  readonly fragments: ReadonlyMap<
    string,
    { readonly on: string; readonly selections: readonly Selection[] }
  >;
}

/** Documents of the web interface have about 2,000 characters. */
const MAX_LENGTH = 100_000;
const MAX_TOKENS = 10_000;

/** Reads a GraphQL request. Throws INVALID_PARAMETER_VALUE for what is none, or no request. */
export function parseDocument(text: string): Document {
  const operations: OperationNode[] = [];
  const fragments = new Map<string, { on: string; selections: readonly Selection[] }>();
  for (const definition of parseText(text).definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(toOperation(definition));
    else if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, toFragment(definition));
    } else throw invalid(`The ${definition.kind} definition is not executable.`);
  }
  return { operations, fragments };
}

function parseText(text: string) {
  if (text.length > MAX_LENGTH) throw invalid(`A query has at most ${MAX_LENGTH} characters`);
  try {
    return parse(text, { noLocation: true, maxTokens: MAX_TOKENS });
  } catch (error) {
    if (error instanceof GraphQLError) throw invalid(error.message);
    // The parser calls itself for what is nested.
    if (error instanceof RangeError) throw invalid('The query nests too deep');
    throw error;
  }
}

function toOperation(node: OperationDefinitionNode): OperationNode {
  if (node.operation === 'subscription') throw invalid('Subscriptions are not supported.');
  const defaults = new Map<string, ValueNode>();
  for (const { variable, defaultValue } of node.variableDefinitions ?? []) {
    if (defaultValue) defaults.set(variable.name.value, defaultValue);
  }
  return {
    type: node.operation,
    ...(node.name && { name: node.name.value }),
    defaults,
    selections: toSelections(node.selectionSet),
  };
}

const toFragment = ({ typeCondition, selectionSet }: FragmentDefinitionNode) => ({
  on: typeCondition.name.value,
  selections: toSelections(selectionSet),
});

function toSelections(set: SelectionSetNode | undefined): Selection[] {
  if (set?.selections.length === 0) throw invalid('Syntax Error: Expected Name, found "}".');
  return (set?.selections ?? []).map(toSelection);
}

function toSelection(node: SelectionNode): Selection {
  const directives = toDirectives(node.directives);
  switch (node.kind) {
    case Kind.FIELD:
      return {
        kind: 'field',
        name: node.name.value,
        ...(node.alias && { alias: node.alias.value }),
        args: toArguments(node.arguments),
        directives,
        selections: toSelections(node.selectionSet),
      };
    case Kind.FRAGMENT_SPREAD:
      return { kind: 'spread', name: node.name.value, directives };
    case Kind.INLINE_FRAGMENT:
      return {
        kind: 'inline',
        ...(node.typeCondition && { on: node.typeCondition.name.value }),
        directives,
        selections: toSelections(node.selectionSet),
      };
  }
}

const toDirectives = (nodes: readonly DirectiveNode[] = []): Directive[] =>
  nodes.map(({ name, arguments: args }) => ({ name: name.value, args: toArguments(args) }));

const toArguments = (nodes: readonly ArgumentNode[] = []): Arguments =>
  new Map(nodes.map(({ name, value }) => [name.value, value]));

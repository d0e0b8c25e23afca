import {
  DirectiveLocation,
  GraphQLBoolean,
  GraphQLDirective,
  GraphQLEnumType,
  type GraphQLFieldConfigMap,
  GraphQLFloat,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInt,
  GraphQLList,
  type GraphQLNamedType,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  specifiedDirectives,
} from 'graphql';
import { answerOf, LOOKUPS, ROOTS, type RootField } from './root-fields.ts';
import { DESCRIPTIONS, ENUMS, type FieldTypes, INPUTS, TYPES } from './types.ts';

/** What the interface says of the part of a page that asks. */
const COMPONENT = new GraphQLDirective({
  name: 'component',
  locations: [DirectiveLocation.QUERY, DirectiveLocation.MUTATION],
  args: { name: { type: new GraphQLNonNull(GraphQLString) } },
});

/** The schema that the tables of types describe. */
export function makeSchema(): GraphQLSchema {
  const named = new Map<string, GraphQLNamedType>();
  const add = (type: GraphQLNamedType) => named.set(type.name, type);
  for (const type of [GraphQLString, GraphQLInt, GraphQLFloat, GraphQLBoolean]) add(type);
  // A number of 64 bits is answered as a text, and may be asked for as either.
  add(new GraphQLScalarType({ name: 'LongString', ...described('LongString') }));
  for (const [name, values] of Object.entries(ENUMS)) {
    add(new GraphQLEnumType({ name, values: Object.fromEntries(values.map((one) => [one, {}])) }));
  }
  const typeOf = (text: string): GraphQLInputType & GraphQLOutputType => {
    const item = /^\[(.*)\]$/.exec(text)?.[1];
    const type = named.get(text.replace('!', '')) as GraphQLObjectType;
    if (item) return new GraphQLList(typeOf(item)) as GraphQLInputType & GraphQLOutputType;
    return (text.endsWith('!') ? new GraphQLNonNull(type) : type) as GraphQLInputType &
      GraphQLOutputType;
  };
  const typed = (parent: string, fields: FieldTypes) =>
    Object.fromEntries(
      Object.entries(fields).map(([name, text]) => {
        const [type = '', standard] = text.split(' = ');
        const more = { ...described(`${parent}.${name}`), ...(standard && { defaultValue: null }) };
        return [name, { type: typeOf(type), ...more }];
      }),
    );
  for (const [name, fields] of Object.entries(INPUTS)) {
    add(new GraphQLInputObjectType({ name, fields: () => typed(name, fields) }));
  }
  for (const [name, fields] of Object.entries(TYPES)) {
    add(new GraphQLObjectType({ name, fields: () => withLookups(name, typed(name, fields)) }));
  }
  const root = (name: string, fields: Readonly<Record<string, RootField>>) =>
    new GraphQLObjectType({
      name,
      fields: Object.fromEntries(
        Object.entries(fields).map(([field, one]) => [
          field,
          {
            type: typeOf(one.type),
            args: typed('', one.args),
            ...described(`${name}.${field}`),
            resolve: (_source: unknown, args: Readonly<Record<string, unknown>>) =>
              answerOf(one, args),
          },
        ]),
      ),
    });
  return new GraphQLSchema({
    query: root('Query', ROOTS.query),
    mutation: root('Mutation', ROOTS.mutation),
    directives: [...specifiedDirectives, COMPONENT],
  });
}

const described = (part: string) => {
  const description = DESCRIPTIONS[part];
  return description === undefined ? {} : { description };
};

type Fields = GraphQLFieldConfigMap<unknown, unknown>;

const withLookups = (type: string, fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const lookUp = LOOKUPS[`${type}.${name}`];
      return [name, lookUp ? { ...field, resolve: (object) => lookUp(object as never) } : field];
    }),
  );

import { type DocumentNode, GraphQLError, parse } from 'graphql';
import { invalid } from '../shared/errors.ts';

/** Documents of the web interface have about 2,000 characters. */
const MAX_LENGTH = 100_000;
const MAX_TOKENS = 10_000;

/** Reads a GraphQL document. Throws INVALID_PARAMETER_VALUE for what is none. */
export function parseDocument(text: string): DocumentNode {
  if (text.length > MAX_LENGTH) throw invalid(`A query has at most ${MAX_LENGTH} characters`);
  try {
    return parse(text, { noLocation: true, maxTokens: MAX_TOKENS });
  } catch (error) {
    if (error instanceof GraphQLError) throw invalid(quoted(error.message));
    // The parser calls itself for what is nested.
    if (error instanceof RangeError) throw invalid('The query nests too deep');
    throw error;
  }
}

/** A message of graphql-js with names quoted as by the library of MLflow's server. */
export const quoted = (message: string): string => message.replaceAll('"', "'");

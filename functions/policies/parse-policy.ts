import * as z from 'zod/mini';
import { parseValue } from '../shared/http/json-api.ts';
import { type PolicyDocument, policySchema } from './policy.ts';

const body = z.extend(policySchema, { revision: z.optional(z.int().check(z.minimum(1))) });

/** A policy as sent: checked, but kept as it was written, without the defaults. */
export function parsePolicy(value: unknown): {
  document: PolicyDocument;
  revision: number | undefined;
} {
  const { revision } = parseValue(value, body);
  const { revision: _, ...document } = value as PolicyDocument & { revision?: number };
  return { document, revision };
}

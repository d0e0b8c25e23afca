import { parseValue } from '../shared/http/json-api.ts';
import { type PolicyDocument, policyBody } from './policy.ts';

/** A policy as sent: checked, but kept as it was written, without the defaults. */
export function parsePolicy(value: unknown): {
  document: PolicyDocument;
  revision: number | undefined;
} {
  const { revision } = parseValue(value, policyBody);
  const { revision: _, ...document } = value as PolicyDocument & { revision?: number };
  return { document, revision };
}

import { invalid } from '../shared/errors.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { neverMet } from './never-met.ts';
import { type PolicyDocument, policyBody } from './policy.ts';
import { privateChecks } from './private-checks.ts';

/** A policy as sent: checked, but kept as it was written, without the defaults. */
export function parsePolicy(value: unknown): {
  document: PolicyDocument;
  revision: number | undefined;
} {
  const { revision, ...policy } = parseValue(value, policyBody);
  const flaws = [...neverMet(policy), ...privateChecks(policy)];
  const [first] = flaws;
  if (first) throw invalid(`${first.path}: ${first.message}`, flaws);
  const { revision: _, ...document } = value as PolicyDocument & { revision?: number };
  return { document, revision };
}

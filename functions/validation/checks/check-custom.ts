import * as z from 'zod/mini';
import type { ValidationPolicy } from '../../policies/index.ts';
import { locationOf, type ModelVersion } from '../../registry/index.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { type CheckResult, runCheck } from '../validation.ts';
import { invokeCheckFunction, postCheck } from './custom-check-store.ts';

type CustomCheck = NonNullable<ValidationPolicy['custom']>[number];

/** What a custom check has to answer. */
const answer = z.object({
  passed: z.boolean(),
  measured: z.optional(z.number()),
  limit: z.optional(z.object({ min: z.optional(z.number()), max: z.optional(z.number()) })),
  unit: z.optional(z.string()),
  message: z.optional(z.string()),
});

/** Asks somebody else's function or service about a version. */
export async function checkCustom(
  check: CustomCheck,
  version: ModelVersion,
): Promise<CheckResult[]> {
  const payload = {
    check: check.name,
    model: version.name,
    version: String(version.version),
    run_id: version.run_id ?? null,
    source: locationOf(version),
    tags: version.tags,
  };
  const result = await runCheck(check.name, async () => {
    const reply = check.function_arn
      ? await invokeCheckFunction(check.function_arn, payload)
      : await postCheck(check.url ?? '', payload);
    const { passed, message, measured, limit, unit } = parseValue(reply, answer);
    return {
      status: passed ? 'PASSED' : 'FAILED',
      message: message ?? (passed ? 'passed' : 'failed'),
      measured,
      limit,
      unit,
    };
  });
  return [result];
}

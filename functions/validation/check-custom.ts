import * as z from 'zod';
import type { ValidationPolicy } from '../policies/index.ts';
import { locationOf, type ModelVersion } from '../registry/index.ts';
import { parseValue } from '../shared/http/json-api.ts';
import { invokeCheckFunction, postCheck } from './custom-check-store.ts';
import { type CheckResult, runCheck } from './validation.ts';

type CustomCheck = NonNullable<ValidationPolicy['custom']>[number];

/** What a custom check has to answer. */
const answer = z.object({
  passed: z.boolean(),
  measured: z.number().optional(),
  limit: z.object({ min: z.number().optional(), max: z.number().optional() }).optional(),
  unit: z.string().optional(),
  message: z.string().optional(),
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

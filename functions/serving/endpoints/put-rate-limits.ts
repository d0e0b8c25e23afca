import * as z from 'zod/mini';
import type { OperationContext } from '../../shared/context.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { changeSettings } from './change-settings.ts';
import { checkSettings, type RateLimit, rateLimitsSchema } from './endpoint-settings.ts';

const schema = z.object({ rate_limits: z._default(rateLimitsSchema, []) });

/** Replaces the endpoint's rate limits. */
export async function putRateLimits(
  name: string,
  body: unknown,
  context: OperationContext,
): Promise<{ rate_limits: readonly RateLimit[] }> {
  const { rate_limits } = parseValue(body, schema);
  checkSettings({ rate_limits });
  await changeSettings(
    name,
    ({ settings }) => ({ settings: { ...settings, rate_limits } }),
    context,
  );
  return { rate_limits };
}

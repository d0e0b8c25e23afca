import * as z from 'zod/mini';
import type { OperationContext } from '../../shared/context.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { changeSettings } from './change-settings.ts';
import { checkSettings, telemetrySchema } from './endpoint-settings.ts';
import { withConfigs } from './get-endpoint.ts';

const schema = z.object({ telemetry_config: z.optional(telemetrySchema) });

/** Replaces what of an endpoint's telemetry is kept; without one it is as the configuration says. */
export async function patchTelemetry(
  name: string,
  body: unknown,
  context: OperationContext,
): Promise<Record<string, unknown>> {
  const telemetry = checkSettings(parseValue(body, schema));
  const changed = await changeSettings(
    name,
    ({ settings: { telemetry_config: _before, ...settings } = {} }) => ({
      settings: { ...settings, ...telemetry },
    }),
    context,
  );
  return withConfigs(changed, context.actor);
}

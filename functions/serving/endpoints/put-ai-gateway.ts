import type { OperationContext } from '../../shared/context.ts';
import { parseValue } from '../../shared/http/json-api.ts';
import { changeSettings } from './change-settings.ts';
import { type AiGateway, aiGatewaySchema, checkSettings } from './endpoint-settings.ts';

/** Replaces the endpoint's gateway: fallback, inference table, limits, tracking of usage. */
export async function putAiGateway(
  name: string,
  body: unknown,
  context: OperationContext,
): Promise<AiGateway> {
  const ai_gateway = parseValue(body, aiGatewaySchema);
  checkSettings({ ai_gateway });
  await changeSettings(
    name,
    ({ settings }) => ({ settings: { ...settings, ai_gateway } }),
    context,
  );
  return ai_gateway;
}

import * as z from 'zod/mini';
import type { EnvironmentVars } from '../endpoints/environment-vars.ts';
import { findPreparation } from './preparation-store.ts';

export const readEnvironmentInput = z.object({
  preparation: z.string(),
  endpoint_id: z.string(),
  model: z.string(),
  version: z.string(),
});

/** The variables with which the process of a version is brought up; none when somebody has asked again meanwhile. */
export async function readEnvironment({
  endpoint_id,
  ...asked
}: z.infer<typeof readEnvironmentInput>): Promise<{ environment_vars: EnvironmentVars }> {
  const found = await findPreparation(endpoint_id, asked);
  return { environment_vars: found?.environmentVars ?? {} };
}

import type { Host } from '../host.ts';

/**
 * Makes the first admin's token of a host, if none was ever made; a host that was emptied gets the one
 * again that its owner knows. Undefined when there was one.
 */
export async function firstToken(
  { invoke }: Pick<Host, 'invoke'>,
  environment: string,
  token?: string,
): Promise<string | undefined> {
  const event = { task: 'create-first-token', input: { token } };
  const made = (await invoke(`slipway-${environment}-auth`, event)) as { token: string | null };
  return made.token ?? undefined;
}

import type { InvocationResult } from '../service.ts';

/** Where in the store a function sent the client; undefined for every other answer. */
export function redirection(result: InvocationResult, store: string): URL | undefined {
  if (result.functionError || !result.payload.includes('"statusCode":307')) return undefined;
  const { statusCode, headers } = JSON.parse(result.payload) as {
    statusCode?: number;
    headers?: { location?: string };
  };
  const location = statusCode === 307 ? headers?.location : undefined;
  return location?.startsWith(`${store}/`) ? new URL(location) : undefined;
}

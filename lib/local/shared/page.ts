import { AwsError } from './aws-error.ts';

/** A position in a list, opaque to the caller. */
export function pageToken(position: number): string {
  return Buffer.from(String(position)).toString('base64url');
}

/** Throws the code, which is `InvalidToken` with Step Functions. */
export function parsePageToken(
  token: string | undefined,
  first: number,
  code = 'InvalidToken',
): number {
  if (token === undefined) return first;
  const position = Number(Buffer.from(token, 'base64url').toString() || Number.NaN);
  if (Number.isInteger(position)) return position;
  throw new AwsError(code, `Invalid Token: '${token}'`);
}

/** What a list of so many shows from a token on, and the token of what follows. */
export function pageOf<T>(
  all: readonly T[],
  limit: number,
  token: string | undefined,
  code?: string,
): { readonly shown: readonly T[]; readonly next: string | undefined } {
  const from = parsePageToken(token, 0, code);
  const next = all.length > from + limit ? pageToken(from + limit) : undefined;
  return { shown: all.slice(from, from + limit), next };
}

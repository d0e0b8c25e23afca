import { AwsError } from '../../shared/aws-error.ts';

/** A position in a list, opaque to the caller. */
export function pageToken(position: number): string {
  return Buffer.from(String(position)).toString('base64url');
}

/** Throws `InvalidToken`. */
export function parsePageToken(token: string | undefined, first: number): number {
  if (token === undefined) return first;
  const position = Number(Buffer.from(token, 'base64url').toString());
  if (Number.isInteger(position)) return position;
  throw new AwsError('InvalidToken', `Invalid Token: '${token}'`);
}

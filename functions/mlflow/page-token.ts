import { invalid } from '../shared/errors.ts';

/** Where the next page starts, opaque to clients. */
export function toPageToken(position: object): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Undoes `toPageToken`; a token that is none, or of another search, is refused as MLflow does. */
export function fromPageToken<T extends object>(
  token: string | undefined,
  isValid: (position: Partial<T>) => boolean = () => true,
): T | undefined {
  if (!token) return undefined;
  try {
    const position: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (position !== null && typeof position === 'object' && isValid(position)) {
      return position as T;
    }
  } catch {
    // Refused below.
  }
  throw invalid('Invalid page token, could not base64-decode');
}

import type * as z from 'zod';
import { AwsError } from './aws-error.ts';
import { UnsupportedError } from './properties.ts';

/** Checks a resource's resolved properties; throws an `UnsupportedError` that names id and path. */
export function parseProperties<T>(logicalId: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new UnsupportedError(`${logicalId}: ${describe(result.error)}`);
}

/** Checks the input of an API call; throws an `AwsError` with the API's own code for bad input. */
export function parseInput<T>(schema: z.ZodType<T>, value: unknown, code: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new AwsError(code, describe(result.error));
}

const describe = (error: z.ZodError) =>
  error.issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`).join('; ');

/** What a number may be; without `fraction` a whole one. */
interface Range {
  readonly least: 0 | 1;
  readonly most: number;
  readonly fraction?: true;
}

const MAX_SECONDS = 99_999_999;
const MAX_BATCH_BYTES = 262_144;
const MAX_ITEMS = 100_000_000;

/**
 * The numbers of the States Language, by their field.
 * https://states-language.net/spec.html and
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
const RANGES: Readonly<Record<string, Range>> = {
  Seconds: { least: 0, most: MAX_SECONDS },
  TimeoutSeconds: { least: 1, most: MAX_SECONDS },
  HeartbeatSeconds: { least: 1, most: MAX_SECONDS },
  MaxConcurrency: { least: 0, most: Number.MAX_SAFE_INTEGER },
  ToleratedFailureCount: { least: 0, most: Number.MAX_SAFE_INTEGER },
  ToleratedFailurePercentage: { least: 0, most: 100, fraction: true },
  MaxItems: { least: 1, most: MAX_ITEMS },
  MaxItemsPerBatch: { least: 1, most: MAX_ITEMS },
  MaxInputBytesPerBatch: { least: 1, most: MAX_BATCH_BYTES },
  IntervalSeconds: { least: 1, most: MAX_SECONDS },
  MaxAttempts: { least: 0, most: MAX_SECONDS },
  MaxDelaySeconds: { least: 1, most: 31_622_400 },
};

/** What a field's value must be, when it is not; `field` may be a path that ends in its name. */
export function numberProblem(field: string, value: unknown): string | undefined {
  const range = RANGES[field.slice(field.lastIndexOf('/') + 1)];
  if (!range) throw new Error(`There is no range of ${field}`);
  const { least, most, fraction } = range;
  const isNumber = fraction ? typeof value === 'number' : Number.isInteger(value);
  if (isNumber && Number(value) >= least && Number(value) <= most) return undefined;
  const upTo = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
  return `must be a ${fraction ? '' : 'whole '}number of ${upTo}`;
}

/** Google's well-known types as their JSON has them: https://protobuf.dev/programming-guides/json/ */

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

export const isTimestamp = (text: string): boolean =>
  TIMESTAMP.test(text) && !text.startsWith('0000') && !Number.isNaN(timeOf(text));

// What is finer than milliseconds is cut off, as MLflow does.
const timeOf = (text: string) => Date.parse(text.replace(/(\.\d{3})\d+/, '$1'));

/** Epoch milliseconds of a `google.protobuf.Timestamp`; 0 for none. */
export const parseTimestamp = (text: string | undefined): number => (text ? timeOf(text) : 0);

export function toTimestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z');
}

const DURATION = /^(-?)(\d+)(?:\.(\d{1,9}))?s$/;

/** Seconds of about 10,000 years, the most that protobuf allows. */
const MAX_SECONDS = 315_576_000_000;

export const isDuration = (text: string): boolean =>
  Number(DURATION.exec(text)?.[2]) <= MAX_SECONDS;

/** Milliseconds of a `google.protobuf.Duration` such as `1.5s`; 0 for none. */
export function parseDuration(text: string): number {
  const [, sign, seconds, fraction = ''] = DURATION.exec(text) ?? [];
  const milliseconds = Number(seconds ?? 0) * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
  return sign ? -milliseconds : milliseconds;
}

export function toDuration(milliseconds: number): string {
  const sign = milliseconds < 0 ? '-' : '';
  const size = Math.abs(milliseconds);
  const rest = size % 1000;
  return `${sign}${Math.floor(size / 1000)}${rest ? `.${String(rest).padStart(3, '0')}` : ''}s`;
}

/** Paths of a `google.protobuf.FieldMask`, in snake_case. */
export const parseFieldMask = (text: string): string[] =>
  text
    .split(',')
    .map((path) => path.trim().replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
    .filter((path) => path !== '');

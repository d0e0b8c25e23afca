import { invalid } from '../shared/errors.ts';

/** Google's well-known types as their JSON has them: https://protobuf.dev/programming-guides/json/ */

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** Epoch milliseconds of a `google.protobuf.Timestamp`; 0 for none. */
export function parseTimestamp(text: string | undefined, field: string): number {
  if (!text) return 0;
  // What is finer than milliseconds is cut off, as MLflow does.
  const time = TIMESTAMP.test(text) ? Date.parse(text.replace(/(\.\d{3})\d+/, '$1')) : Number.NaN;
  if (Number.isNaN(time)) {
    throw invalid(
      `Invalid value ${JSON.stringify(text)} for parameter '${field}' supplied: not a timestamp`,
    );
  }
  return time;
}

export function toTimestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z');
}

const DURATION = /^(-?)(\d+)(?:\.(\d{1,9}))?s$/;

/** Milliseconds of a `google.protobuf.Duration` such as `1.5s`. */
export function parseDuration(text: string, field: string): number {
  const found = DURATION.exec(text);
  if (!found) {
    throw invalid(
      `Invalid value ${JSON.stringify(text)} for parameter '${field}' supplied: not a duration`,
    );
  }
  const [, sign, seconds, fraction = ''] = found;
  const milliseconds = Number(seconds) * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
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

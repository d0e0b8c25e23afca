import { isRawNumber, rawNumber } from '../shared/raw-number.ts';

/**
 * JSON as MLflow's server writes it: unset fields and empty lists are left out, numbers that JSON
 * cannot hold become texts.
 */
export function encode(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : encodeNumber(value);
  if (typeof value === 'bigint') return rawNumber(String(value));
  if (Array.isArray(value)) return value.map(encode);
  if (value === null || typeof value !== 'object' || isRawNumber(value)) return value;
  const entries = Object.entries(value).filter(
    ([, item]) =>
      item !== undefined && item !== null && !(Array.isArray(item) && item.length === 0),
  );
  return Object.fromEntries(entries.map(([name, item]) => [name, encode(item)]));
}

const encodeNumber = (value: number) =>
  Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';

/**
 * A float as Python's `json.dumps` writes it: the digits of `repr`, which are JavaScript's, scientific
 * below 1e-4 and from 1e16, always with a point or an exponent. NaN and the infinities by name.
 */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  // JavaScript writes plain digits from 1e-6 to 1e21.
  if (size >= 1e-4 && size < 1e16) return Number.isInteger(value) ? `${value}.0` : String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

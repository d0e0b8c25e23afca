/**
 * The value below which a share of the values lies (`percent` from 0 to 100), interpolated linearly
 * between neighbours: method 7 of Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996.
 */
export function percentile(values: readonly number[], percent: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (percent / 100) * (sorted.length - 1);
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) return undefined;
  return below + (above - below) * (position - Math.floor(position));
}

import { resolve } from 'node:path';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { type HostAddress, readAddress } from '../address-file.ts';
import { orUsageError, UsageError } from '../usage-error.ts';

const SHARED = {
  'data-dir': { type: 'string', default: '.slipway' },
  json: { type: 'boolean', default: false },
} as const;

/**
 * Flags of a command that looks at a host: its own and those that all of them have. Throws
 * `UsageError` for what it does not know.
 */
export function operatorOptions<O extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: O,
  positionals = 0,
) {
  const parsed = orUsageError(() =>
    parseArgs({
      args: [...args],
      options: { ...SHARED, ...options },
      allowPositionals: true,
    }),
  );
  if (parsed.positionals.length > positionals) {
    throw new UsageError(`Unexpected argument '${parsed.positionals[positionals]}'`);
  }
  return parsed;
}

/** A flag that takes a whole number above zero. */
export function count(text: string, flag: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(`${flag} must be a whole number above 0, not '${text}'`);
}

/** The host that runs on a data directory. Throws `UsageError` when there is none. */
export function runningHost(dataDir: string): HostAddress {
  const address = readAddress(resolve(dataDir));
  if (address) return address;
  throw new UsageError(`Nothing runs on ${resolve(dataDir)}; \`slipway start\` starts it`);
}

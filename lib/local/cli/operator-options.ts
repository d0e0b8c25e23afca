import { isAbsolute, resolve } from 'node:path';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { type HostAddress, readAddress } from '../address-file.ts';
import { UsageError } from './start-options.ts';

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
  const parsed = parse(args, options);
  if (parsed.positionals.length > positionals) {
    throw new UsageError(`Unexpected argument '${parsed.positionals[positionals]}'`);
  }
  return parsed;
}

function parse<O extends ParseArgsOptionsConfig>(args: readonly string[], options: O) {
  try {
    return parseArgs({
      args: [...args],
      options: { ...SHARED, ...options },
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('\n')[0] ?? '') : '');
  }
}

/** A flag that takes a whole number above zero. */
export function count(text: string, flag: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(`${flag} must be a whole number above 0, not '${text}'`);
}

export const dataDirOf = (given: string) => (isAbsolute(given) ? given : resolve(given));

/** The host that runs on a data directory. Throws `UsageError` when there is none. */
export function runningHost(dataDir: string): HostAddress {
  const address = readAddress(dataDirOf(dataDir));
  if (address) return address;
  throw new UsageError(`Nothing runs on ${dataDirOf(dataDir)}; \`slipway start\` starts it`);
}

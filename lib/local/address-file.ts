import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a running host can be found: other commands read it from the data directory. */
export interface HostAddress {
  readonly pid: number;
  readonly url: string;
  readonly aws_url: string;
  readonly environment: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

const file = (dataDir: string) => join(dataDir, 'host.json');

export function writeAddress(dataDir: string, address: HostAddress): void {
  writeFileSync(file(dataDir), `${JSON.stringify(address)}\n`);
}

export function removeAddress(dataDir: string): void {
  rmSync(file(dataDir), { force: true });
}

/** The host on a data directory, if one runs: what a killed one left behind does not count. */
export function readAddress(dataDir: string): HostAddress | undefined {
  try {
    const address = JSON.parse(readFileSync(file(dataDir), 'utf8')) as HostAddress;
    process.kill(address.pid, 0);
    return address;
  } catch {
    return undefined;
  }
}

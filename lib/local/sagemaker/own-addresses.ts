/** The addresses that this host's public API has had, and the one that it has now. */
export interface OwnAddresses {
  readonly former: readonly string[];
  readonly present: string;
}

/**
 * A variable of a job with a former address of this host replaced by the present one: a job that
 * began before a restart on another port, or that an older definition asked for, finds the host.
 */
export function atPresentAddress(value: string, { former, present }: OwnAddresses): string {
  const old = former.find((address) => value === address || value.startsWith(`${address}/`));
  return old === undefined ? value : present + value.slice(old.length);
}

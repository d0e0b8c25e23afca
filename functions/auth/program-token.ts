import { createHash } from 'node:crypto';
import { PROGRAMS } from '../shared/actor.ts';
import type { OperationContext } from '../shared/context.ts';
import { newToken } from './token.ts';
import { deleteProgramToken, putProgramToken } from './token-store.ts';

/**
 * A token for a program that the platform starts, for as long as it may run. `purpose` names what it
 * is for: a second call for the same replaces the token of the first.
 */
export async function createProgramToken(
  purpose: string,
  program: { readonly user: string; readonly validUntil: number },
  context: OperationContext,
): Promise<string> {
  const { id, hash, token } = newToken(idOf(purpose));
  await putProgramToken({
    id,
    hash,
    user: program.user,
    groups: ['users', PROGRAMS],
    comment: purpose,
    createdAt: context.clock(),
    createdBy: context.actor.user,
    validUntil: program.validUntil,
  });
  return token;
}

/** Ends the program's token: its requests are refused from now on (at the gateway within ten seconds). */
export const endProgramToken = (purpose: string): Promise<void> =>
  deleteProgramToken(idOf(purpose));

const idOf = (purpose: string) => createHash('sha256').update(purpose).digest('hex').slice(0, 16);

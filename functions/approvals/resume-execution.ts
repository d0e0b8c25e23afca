import { findToken } from './approval-store.ts';
import { sendAnswer } from './token-store.ts';

/**
 * Reacts to an answer, or to a question that was withdrawn: the execution that waits for it goes on.
 * Repetitions find nobody waiting, nor do questions whose time is over.
 */
export async function resumeExecution(data: { readonly approval_id: string }): Promise<void> {
  const found = await findToken(data.approval_id);
  if (!found || found.status === 'PENDING') return;
  await sendAnswer(found.token, { status: found.status });
}

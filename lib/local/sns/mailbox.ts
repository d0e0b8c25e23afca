import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TopicMessage, textFor } from './message.ts';

/** Letters that stay; the oldest go. */
const KEPT = 1000;

/**
 * Writes what an e-mail subscription would have sent into a folder. The name is the message's and the
 * address's, so that a repeated delivery gives one letter.
 */
export function writeLetter(folder: string, message: TopicMessage, address: string): void {
  mkdirSync(folder, { recursive: true });
  const { id, time, subject = 'AWS Notification Message' } = message;
  const name = `${time.replaceAll(':', '-')}-${id}-${address.replaceAll(/[^\w.@-]/g, '_')}.txt`;
  const draft = join(folder, `.${name}.partial`);
  const head = `To: ${address}\nSubject: ${subject}\nDate: ${time}\n`;
  writeFileSync(draft, `${head}\n${textFor(message, 'email')}\n`);
  renameSync(draft, join(folder, name));
  const letters = readdirSync(folder).sort();
  for (const old of letters.slice(0, Math.max(0, letters.length - KEPT))) rmSync(join(folder, old));
}

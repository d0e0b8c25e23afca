import { styleText } from 'node:util';

/** What the person at the terminal sees: one line a step, with the time it took. */
const started = performance.now();

const clock = () => `${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s`;

export function tell(line: string): void {
  clearProgress();
  console.log(`${clock()}  ${line}`);
}

export function chapter(title: string): void {
  clearProgress();
  console.log(`\n${clock()}  ${styleText('bold', title)}`);
}

let shown = false;

/** Redraws the bar of a long step; on a pipe nothing is drawn. */
export function progress(label: string, done: number, total: number): void {
  if (!process.stdout.isTTY) return;
  const width = 32;
  const filled = Math.round((done / Math.max(total, 1)) * width);
  process.stdout.write(
    `\r${clock()}  ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${label}\x1b[K`,
  );
  shown = true;
}

function clearProgress(): void {
  if (shown) process.stdout.write('\r\x1b[K');
  shown = false;
}

export const secondsSinceStart = () => (performance.now() - started) / 1000;

import { TestHost } from '../support/host.ts';

const STARTS = 5;

/** Milliseconds from the start of the process to its ready line, built and on an empty data directory. */
export async function hostReady(): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const host = new TestHost();
    const started = performance.now();
    await host.start();
    times.push(performance.now() - started);
    await host.stop();
  }
  return times;
}

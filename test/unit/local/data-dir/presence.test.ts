import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openDataDir } from '../../../../lib/local/data-dir/index.ts';
import { watchPresence } from '../../../../lib/local/data-dir/presence.ts';
import { temporaryFolder } from '../support/aws-server.ts';

/** A directory that this process has, and what is told of it. */
async function watched() {
  vi.useFakeTimers();
  const dataDir = join(temporaryFolder(), 'data');
  const { release } = await openDataDir(dataDir);
  const told: string[] = [];
  const unwatch = watchPresence(dataDir, ({ message }) => void told.push(message));
  onTestFinished(() => {
    unwatch();
    release();
    vi.useRealTimers();
  });
  return { dataDir, told, unwatch };
}

const aMinute = () => vi.advanceTimersByTime(60_000);

describe('a data directory that is in use', () => {
  it.each([
    ['removed', (dataDir: string) => rmSync(dataDir, { recursive: true })],
    ['moved', (dataDir: string) => renameSync(dataDir, `${dataDir}-elsewhere`)],
  ])('that is %s is told of once', async (_, away) => {
    const { dataDir, told } = await watched();
    aMinute();
    expect(told).toEqual([]);
    away(dataDir);
    aMinute();
    expect(told).toEqual([
      `${dataDir} was removed or moved under the running host; what came since may be lost`,
    ]);
  });

  it('is not looked after once its host has stopped', async () => {
    const { dataDir, told, unwatch } = await watched();
    unwatch();
    rmSync(dataDir, { recursive: true });
    aMinute();
    expect(told).toEqual([]);
  });
});

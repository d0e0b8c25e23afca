import { describe, expect, it } from 'vitest';
import { residentMemory } from '../bench/host/memory.ts';
import { TestHost } from '../support/host.ts';

describe.runIf(process.platform === 'linux')('memory of a host', () => {
  it('is below 150 MB at rest and 600 MB with sixteen functions warm', async () => {
    // Whoever is first compiles everything, and keeps the compiler.
    const first = new TestHost();
    await first.start();
    await first.stop();
    await residentMemory();
    const { idleMb, warmMb } = await residentMemory();
    expect(idleMb).toBeLessThan(150);
    expect(warmMb).toBeLessThan(600);
  });
});

import { afterEach, beforeEach } from 'vitest';
import { remove, startService, type TestService, testFolder } from './service.ts';

/** The service of the test that runs, and its folder. */
export let service: TestService;
export let folder: string;

/** Gives each test of a file a service of its own, on a folder of its own. */
export function useService(): void {
  beforeEach(async () => {
    folder = testFolder();
    await startAgain();
  });
  afterEach(async () => {
    await service.stop();
    remove(folder);
  });
}

/** Starts the service on the test's folder, where the one before was stopped. */
export async function startAgain(options: Parameters<typeof startService>[1] = {}): Promise<void> {
  service = await startService(folder, options);
}

import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerThroughKills } from '../../support/host/registrations.ts';
import { TestHost } from '../../support/host.ts';

// `npm run bench -- registrations` is the longer run.
const REGISTRATIONS = 40;
const KILLS = 3;

const host = new TestHost();
beforeAll(() => host.start());
afterAll(() => host.stop());

it('each registration has one verdict and one decision, through kills, repetitions and disorder', async () => {
  const outcome = await registerThroughKills(host, { count: REGISTRATIONS, kills: KILLS });
  expect(outcome).toMatchObject({ wrong: [], loggedTwice: 0 });
  expect(outcome.registered).toBeGreaterThanOrEqual(REGISTRATIONS);
  expect(outcome.repeated).toBeGreaterThanOrEqual(2 * REGISTRATIONS);
}, 3_600_000);

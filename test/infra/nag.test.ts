import { describe, expect, it } from 'vitest';
import { addNag } from '../../lib/nag.ts';
import { slipwayApp } from '../../lib/slipway-app.ts';

describe('cdk-nag', () => {
  for (const environment of ['dev', 'prod'] as const) {
    it(`finds nothing unacknowledged in ${environment}`, () => {
      const app = slipwayApp(environment);
      addNag(app);
      expect(() => app.synth()).not.toThrow();
    });
  }
});

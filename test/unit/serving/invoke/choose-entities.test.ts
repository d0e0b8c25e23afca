import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LiveConfig, LiveEntity } from '../../../../functions/serving/endpoints/endpoint.ts';
import {
  chooseEntity,
  chooseMirrors,
} from '../../../../functions/serving/invoke/choose-entities.ts';
import { newRequestId, timeOfRequest } from '../../../../functions/serving/log-key.ts';

const anEntity = (name: string, weight: number, mirror = 0): LiveEntity => ({
  name,
  model: 'm',
  version: name,
  location: { bucket: 'b', key: name },
  weight,
  mirror,
});
const live = (...entities: LiveEntity[]): LiveConfig => ({
  endpoint: 'e',
  endpointId: 'id',
  revision: 1,
  config: 1,
  creator: 'ana',
  entities,
});

describe('chooseEntity', () => {
  it('shares the traffic in proportion to the weights', () => {
    const config = live(anEntity('1', 70), anEntity('2', 30));
    const answered = Array.from({ length: 10_000 }, (_, i) =>
      chooseEntity(config, { identity: `request-${i}` }),
    );
    const first = answered.filter(({ name }) => name === '1').length;
    // Five standard deviations of a binomial with p = 0.7.
    expect(Math.abs(first - 7000)).toBeLessThan(230);
  });

  it.each([[[50, 50]], [[1, 99]], [[33, 33, 34]], [[1, 2, 3, 4, 5, 6, 7, 8, 9, 55]]])(
    'is exact in expectation by whole percent, up to ten entities: %j',
    (weights) => {
      const config = live(...weights.map((weight, i) => anEntity(String(i), weight)));
      const n = 40_000;
      const counts = weights.map(() => 0);
      for (let i = 0; i < n; i++) {
        const at = Number(chooseEntity(config, { identity: `caller-${i}` }).name);
        counts[at] = (counts[at] ?? 0) + 1;
      }
      const chiSquare = weights.reduce((sum, weight, i) => {
        const expected = (n * weight) / 100;
        return sum + ((counts[i] ?? 0) - expected) ** 2 / expected;
      }, 0);
      // The 99.9th percentile of chi-square by degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.4).
      const limit: Readonly<Record<number, number>> = { 1: 10.828, 2: 13.816, 9: 27.877 };
      expect(chiSquare).toBeLessThan(limit[weights.length - 1] ?? 0);
    },
  );

  it('moves callers to a candidate as its share grows, and none of them back', () => {
    const arms = (share: number) =>
      live(anEntity('candidate', share), anEntity('champion', 100 - share));
    fc.assert(
      fc.property(fc.string(), fc.nat(100), fc.nat(100), (sticky, a, b) => {
        const [less, more] = [arms(Math.min(a, b)), arms(Math.max(a, b))];
        if (chooseEntity(less, { identity: '', sticky }).name === 'candidate') {
          expect(chooseEntity(more, { identity: '', sticky }).name).toBe('candidate');
        }
      }),
    );
  });

  it('sends one request, and one caller with a sticky key, always the same way', () => {
    const config = live(anEntity('1', 50), anEntity('2', 50));
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (identity, other, sticky) => {
        expect(chooseEntity(config, { identity })).toBe(chooseEntity(config, { identity }));
        expect(chooseEntity(config, { identity, sticky })).toBe(
          chooseEntity(config, { identity: other, sticky }),
        );
      }),
    );
  });

  it('never chooses an entity without weight, unless its version is forced', () => {
    const config = live(anEntity('1', 100), anEntity('2', 0));
    fc.assert(
      fc.property(fc.string(), (identity) => {
        expect(chooseEntity(config, { identity }).name).toBe('1');
        expect(chooseEntity(config, { identity, version: '2' }).name).toBe('2');
      }),
    );
    expect(() => chooseEntity(config, { identity: 'a', version: '7' })).toThrow(
      'serves versions 1, 2, not 7',
    );
  });
});

describe('an entity that the path names', () => {
  const config = live(
    anEntity('1', 60),
    { ...anEntity('2', 30), name: 'main' },
    { ...anEntity('3', 10), name: 'main' },
    anEntity('4', 0, 100),
  );

  it('answers whatever chance says, and shares its own traffic among its arms', () => {
    const versions = Array.from(
      { length: 4000 },
      (_, i) => chooseEntity(config, { identity: `request-${i}`, entity: 'main' }).version,
    );
    expect(new Set(versions)).toEqual(new Set(['2', '3']));
    // Five standard deviations of a binomial with p = 0.75.
    const second = versions.filter((version) => version === '2').length;
    expect(Math.abs(second - 3000)).toBeLessThan(140);
    expect(chooseEntity(config, { identity: 'a', entity: 'main', version: '3' }).version).toBe('3');
  });

  it('answers without traffic of its own, too', () => {
    expect(chooseEntity(config, { identity: 'a', entity: '4' }).version).toBe('4');
  });

  it('is one of those that are served', () => {
    expect(() => chooseEntity(config, { identity: 'a', entity: 'other' })).toThrow(
      "Endpoint 'e' serves 1, main, 4, and nothing named 'other'",
    );
    const other = { identity: 'a', entity: 'main', version: '1' };
    expect(() => chooseEntity(config, other)).toThrow('serves versions 2, 3, not 1');
  });
});

describe('chooseMirrors', () => {
  it('mirrors the given share, and never to the entity that answers', () => {
    const [first, second] = [anEntity('1', 100, 100), anEntity('2', 0, 20)];
    const config = live(first, second);
    const mirrored = Array.from({ length: 10_000 }, (_, i) =>
      chooseMirrors(config, first, `request-${i}`),
    );
    expect(mirrored.flat()).not.toContain(first);
    expect(Math.abs(mirrored.flat().length - 2000)).toBeLessThan(200);
  });
});

describe('request ids', () => {
  it('tell the event time they were made for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.parse('2100-01-01') }), (time) => {
        expect(timeOfRequest(newRequestId(time))).toBe(time);
      }),
    );
    expect(timeOfRequest(newRequestId(0))).toBe(0);
    expect(timeOfRequest('not-an-id')).toBeUndefined();
  });
});

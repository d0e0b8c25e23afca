import { expect, it } from 'vitest';
import { environmentsOf } from '../../../../lib/local/lambda/function-config.ts';

it.each([
  ['Zip', 1, 2],
  ['Zip', 4, 4],
  [undefined, 64, 8],
  ['Image', 64, 2],
])(
  'a function of a package %s on a machine with %i cores has %i environments',
  (type, cores, expected) => {
    expect(environmentsOf(type, cores)).toBe(expected);
  },
);

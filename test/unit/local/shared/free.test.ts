import { expect, it } from 'vitest';
import { free } from '../../../../lib/local/shared/free.ts';

it('gives back what is a buffer of its own, once', () => {
  const own = Buffer.alloc(100_000, 'x');
  const { buffer } = own;
  free(own);
  expect([own.length, buffer.byteLength]).toEqual([0, 0]);
  free(own);
});

it('leaves alone what has more in it than is given, and what has nothing', () => {
  const chunk = Buffer.alloc(100_000, 'x');
  free(chunk.subarray(0, 10));
  free(chunk.subarray(10));
  expect(chunk.length).toBe(100_000);
  const small = Buffer.from('of the pool');
  free(small);
  expect(small.toString()).toBe('of the pool');
  const nothing = Buffer.alloc(0);
  free(nothing);
  free(nothing);
});

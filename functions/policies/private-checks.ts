import { checkUrl } from '../shared/http/guarded-request.ts';
import type { Flaw } from './never-met.ts';
import type { Policy } from './policy.ts';

/** Custom checks at addresses that are never called; a name is looked up each time it is. */
export function privateChecks({ validation }: Policy): Flaw[] {
  return (validation?.custom ?? []).flatMap(({ url }, i) => {
    try {
      if (url !== undefined) checkUrl(url, 'Custom check');
      return [];
    } catch (error) {
      return [{ path: `validation.custom.${i}.url`, message: (error as Error).message }];
    }
  });
}

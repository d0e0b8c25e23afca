import type { ModelVersion } from '../registry/index.ts';
import type { Promotion } from './promotion.ts';

/** When a version was registered, ISO 8601. */
export const registrationOf = ({ creation_timestamp: at }: ModelVersion): string =>
  new Date(at).toISOString();

/** Whether a version is there and the one that the promotion is about, not another that has its number. */
export const isChallenger = (
  promotion: { readonly registered_at?: Promotion['registered_at'] | undefined } | undefined,
  version: ModelVersion | undefined,
): boolean =>
  version !== undefined &&
  (promotion?.registered_at === undefined || promotion.registered_at === registrationOf(version));

import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Stands in for the SDK's chain of credential providers in every bundle: Lambda always passes
 * credentials by environment, and the rest of the chain (SSO, profiles, web identity) would be a
 * fifth of each bundle.
 */
export const defaultProvider = () => fromEnv();

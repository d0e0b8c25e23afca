import { defineFunctions } from '../shared/declare.ts';

export const authFunctions = defineFunctions({
  auth: {
    entry: 'functions/auth/auth.lambda.ts',
    purpose: 'Makes, lists and revokes tokens, for admins of the API and of the account.',
    memoryMb: 256,
    timeoutSeconds: 29,
    environment: {
      AUTH_TABLE: { table: 'auth', access: 'readWrite' },
      PLATFORM_TABLE: { table: 'platform', access: 'write' },
    },
  },
  authorizer: {
    entry: 'functions/auth/authorizer.lambda.ts',
    purpose: 'Says whose token a request bears; small and read-only, for it stands before the API.',
    memoryMb: 256,
    timeoutSeconds: 10,
    environment: { AUTH_TABLE: { table: 'auth', access: 'read' } },
  },
});

import { Logger } from '@aws-lambda-powertools/logger';

/** Structured log of the function; one instance per process. */
export const log = new Logger({
  serviceName: process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'slipway',
});

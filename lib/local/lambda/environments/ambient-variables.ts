import { LOCAL_ACCOUNT, LOCAL_REGION } from '../../shared/arn.ts';
import type { FunctionConfig } from '../function-config.ts';

/**
 * The variables that Lambda itself sets. Credentials are the local ones: nothing here is secret.
 * The configuration files of the person who started the host must not reach the SDK.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function ambientVariables(config: FunctionConfig): Record<string, string> {
  return {
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_ACCOUNT_ID: LOCAL_ACCOUNT,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_LAMBDA_FUNCTION_NAME: config.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(config.memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${config.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: config.folder,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    ...(config.packageType === 'Zip' && {
      AWS_EXECUTION_ENV: `AWS_Lambda_${config.runtime}`,
      _HANDLER: `${config.module}.${config.handler}`,
    }),
  };
}

import { CfnParameter } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { SettingName } from '../../functions/shared/declare.ts';

/** What an installation decides about its webhooks, as parameters of the template. */
export function webhookSettings(
  scope: Construct,
): Pick<
  Record<SettingName, string>,
  'allowPrivateWebhooks' | 'webhookSecretsKey' | 'webhookFailureLimit'
> {
  const allowPrivate = new CfnParameter(scope, 'AllowPrivateWebhooks', {
    allowedValues: ['true', 'false'],
    default: 'false',
    description: 'Whether requests to addresses that users name may go to private networks.',
  });
  const secretsKey = new CfnParameter(scope, 'WebhookSecretsKey', {
    noEcho: true,
    default: '',
    allowedPattern: '^([A-Za-z0-9+/]{43}=(,[A-Za-z0-9+/]{43}=)*)?$',
    description: 'Key of webhook secrets (openssl rand -base64 32); further ones only decrypt.',
  });
  const failureLimit = new CfnParameter(scope, 'WebhookFailureLimit', {
    default: '10',
    allowedPattern: '^[1-9][0-9]{0,5}$',
    description: 'Deliveries that fail one after the other before a webhook is disabled.',
  });
  return {
    allowPrivateWebhooks: allowPrivate.valueAsString,
    webhookSecretsKey: secretsKey.valueAsString,
    webhookFailureLimit: failureLimit.valueAsString,
  };
}

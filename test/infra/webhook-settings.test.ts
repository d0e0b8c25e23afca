import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { webhookSettings } from '../../lib/stacks/webhook-settings.ts';
import { ofType, synthesizedResources } from '../support/repository/template.ts';

it('lets an installation say after how many failures a webhook is disabled', () => {
  const stack = new Stack(new App(), 'settings');
  const settings = webhookSettings(stack);
  const { Parameters } = Template.fromStack(stack).toJSON();
  const { Default, AllowedPattern } = Parameters.WebhookFailureLimit;
  expect(Default).toBe('10');
  const refused = ['0', '', '-1', '1.5', 'ten'];
  expect(refused.filter((value) => new RegExp(AllowedPattern).test(value))).toEqual([]);
  expect(stack.resolve(settings.webhookFailureLimit)).toEqual({ Ref: 'WebhookFailureLimit' });

  const limits = ofType(synthesizedResources('prod'), 'AWS::Lambda::Function').flatMap(
    ([, { Properties }]) => {
      const { Variables = {} } = (Properties.Environment ?? {}) as {
        Variables?: Record<string, unknown>;
      };
      return 'WEBHOOK_FAILURE_LIMIT' in Variables ? [Variables.WEBHOOK_FAILURE_LIMIT] : [];
    },
  );
  expect(limits).toEqual([{ Ref: 'WebhookFailureLimit' }]);
});

import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { OwnRulesStack } from '../../docs/examples/own-rules/own-rules-stack.ts';
import { catalogue } from '../../functions/events/catalogue.ts';
import { compilePattern } from '../../functions/shared/event-pattern/pattern.ts';

describe('the example of own rules', () => {
  const stack = new OwnRulesStack(new App(), 'own', { environment: 'prod' });
  const template = Template.fromStack(stack);
  const rules = Object.values(template.findResources('AWS::Events::Rule'));
  const patterns = rules.map(({ Properties }) => Properties.EventPattern as object);

  it('hangs on the bus of the environment, each target with dead letters and a day of tries', () => {
    template.resourceCountIs('AWS::Events::Rule', 3);
    template.allResourcesProperties('AWS::Events::Rule', {
      EventBusName: 'slipway-prod',
      Targets: [
        Match.objectLike({
          DeadLetterConfig: Match.anyValue(),
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        }),
      ],
    });
  });

  it.each([
    ['ModelVersionValidated', { status: 'FAILED', dry_run: false }, { status: 'PASSED' }],
    ['PromotionDecided', { model: 'prod.ml.delay' }, { model: 'dev.ml.delay' }],
    ['ModelAliasMoved', { alias: 'champion' }, { alias: 'challenger' }],
  ])('matches %s just when its data say so', (type, wanted, other) => {
    const event = catalogue.find((definition) => definition.type === type)!;
    const matches = (data: object) => {
      const published = {
        source: event.source,
        'detail-type': type,
        detail: { metadata: {}, data: { ...(event.sample as object), ...data } },
      };
      return patterns.filter((pattern) => compilePattern(pattern)(published)).length;
    };
    expect(matches(wanted)).toBe(1);
    expect(matches(other)).toBe(0);
  });

  it('sends people a sentence', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      Targets: [
        Match.objectLike({
          InputTransformer: {
            InputPathsMap: Match.anyValue(),
            InputTemplate: Match.stringLikeRegexp('^"Version <.*> of <.*> failed: <.*>"$'),
          },
        }),
      ],
    });
  });
});

import { App } from 'aws-cdk-lib';
import { type EnvironmentName, environment, withServingConcurrency } from './environments.ts';
import { SlipwayStack } from './stacks/slipway-stack.ts';

/** The CDK app of one environment. */
export function slipwayApp(name: EnvironmentName, options: { outdir?: string } = {}): App {
  const app = new App({ analyticsReporting: false, ...options });
  const limit: unknown = app.node.tryGetContext('serving-concurrency');
  new SlipwayStack(app, `Slipway-${name}`, {
    environment: withServingConcurrency(environment(name), limit),
  });
  return app;
}

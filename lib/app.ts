import { App } from 'aws-cdk-lib';
import { environmentName } from './environments.ts';
import { addNag } from './nag.ts';
import { slipwayApp } from './slipway-app.ts';

/** Entry point of the CDK command line (`cdk.json`): `cdk deploy -c environment=prod`. */
const name = String(new App().node.tryGetContext('environment') ?? 'dev');
const app = slipwayApp(environmentName(name));
addNag(app);
app.synth();

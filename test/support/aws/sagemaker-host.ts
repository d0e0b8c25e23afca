import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { FaultyAssembly } from '../faulty-assembly.ts';
import { TestHost } from '../host.ts';
import { LOCAL_CLIENT } from '../training-data.ts';

/** Of a model that neither Slipway nor a function scores. */
const MLMODEL = 'flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n';

/** A host whose SageMaker serves one model with a program of the test's own. */
export class SageMakerHost {
  readonly host: TestHost;
  readonly model: string;
  private readonly assembly = new FaultyAssembly();
  private connected: SageMakerClient | undefined;

  constructor(model: string, program: string) {
    this.model = model;
    this.assembly.serveWith(program);
    this.host = new TestHost({ assembly: this.assembly.write() });
  }

  get sageMaker(): SageMakerClient {
    if (!this.connected) throw new Error('The host was not started');
    return this.connected;
  }

  async start(): Promise<void> {
    await this.host.start();
    this.connected = new SageMakerClient({ ...LOCAL_CLIENT, endpoint: this.host.awsUrl });
    await this.host.ok('POST', '/api/2.0/mlflow/registered-models/create', { name: this.model });
  }

  async stop(): Promise<void> {
    this.connected?.destroy();
    await this.host.stop();
    this.assembly.remove();
  }

  /** Registers the next version, with further files if any. */
  async register(version: string, files: Readonly<Record<string, string>> = {}): Promise<void> {
    const folder = `${this.model}/${version}`;
    for (const [file, text] of Object.entries({ MLmodel: MLMODEL, ...files })) {
      await this.host.ok('PUT', `/api/2.0/mlflow-artifacts/artifacts/${folder}/${file}`, text);
    }
    const source = `mlflow-artifacts:/${folder}`;
    await this.host.ok('POST', '/api/2.0/mlflow/model-versions/create', {
      name: this.model,
      source,
    });
  }

  /** Serves versions of the model under its name. */
  serve(config: object): Promise<unknown> {
    return this.host.ok('POST', '/api/2.0/serving-endpoints', { name: this.model, config });
  }

  /** Name of the SageMaker endpoint: after the id of the endpoint. */
  async deployment(): Promise<string> {
    const { id } = await this.host.ok('GET', `/api/2.0/serving-endpoints/${this.model}`);
    return `slipway-${String(id).slice(0, 16)}`;
  }
}

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { assemblyDir } from '../../lib/build/paths.ts';

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
}

interface Assets {
  readonly files: Record<string, { readonly source: { readonly path: string } }>;
  readonly dockerImages: Record<string, { readonly source: { readonly directory: string } }>;
}

/**
 * The deployed template with things in it that break: further training images and functions, and the
 * product's own functions with a fault put before them. Everything else is what is built.
 */
export class FaultyAssembly {
  readonly folder = mkdtempSync(join(tmpdir(), 'slipway-assembly-'));
  private readonly template: { readonly Resources: Record<string, Resource> };
  private readonly assets: Assets;

  constructor() {
    const built = assemblyDir('dev');
    for (const name of readdirSync(built)) symlinkSync(join(built, name), join(this.folder, name));
    this.template = this.read('Slipway-dev.template.json');
    this.assets = this.read('Slipway-dev.assets.json');
  }

  /** A training image whose program is this source; answers its URI. */
  image(name: string, source: string): string {
    this.assets.dockerImages[name] = { source: { directory: this.program(name, source) } };
    return `repository:${name}`;
  }

  /** Puts a program in the place of the image that SageMaker serves models with. */
  serveWith(source: string): void {
    const { dockerImages } = this.assets;
    const found = Object.keys(dockerImages).find((name) =>
      existsSync(join(this.folder, dockerImages[name]?.source.directory ?? '', 'serve.py')),
    );
    if (!found) throw new Error('No serving image');
    dockerImages[found] = { source: { directory: this.program('serving', source) } };
  }

  /** A function of its own, at a route if one is given; answers its ARN. */
  addFunction(
    name: string,
    source: string,
    { timeoutSeconds = 30, memoryMb = 128, route }: FunctionOptions = {},
  ): string {
    this.assets.files[name] = { source: { path: this.asset(name, 'index.mjs', source) } };
    const { Resources } = this.template;
    Resources[name] = {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: name,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { S3Key: `${name}.zip` },
        Timeout: timeoutSeconds,
        MemorySize: memoryMb,
      },
    };
    if (route) this.addRoute(name, route);
    return `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
  }

  /** A resource of any other kind. */
  add(logicalId: string, type: string, properties: Record<string, unknown>): void {
    this.template.Resources[logicalId] = { Type: type, Properties: properties };
  }

  /** What a consumer could not handle comes again after so many seconds, rather than minutes. */
  repeatAfter(seconds: number): void {
    for (const { Type, Properties } of Object.values(this.template.Resources)) {
      if (Type === 'AWS::SQS::Queue' && Properties.VisibilityTimeout !== undefined) {
        Properties.VisibilityTimeout = seconds;
      }
    }
  }

  /** Puts code before a function of the product: `source` calls the true handler `real`. */
  wrap(name: string, source: string, { memoryMb }: { readonly memoryMb?: number } = {}): void {
    const found = Object.values(this.template.Resources).find(
      ({ Properties }) => Properties?.FunctionName === `slipway-dev-${name}`,
    );
    if (!found) throw new Error(`No function ${name}`);
    const { S3Key } = found.Properties.Code as { readonly S3Key: string };
    const path = this.assets.files[S3Key.replace(/\.zip$/, '')]?.source.path ?? '';
    const bundle = pathToFileURL(join(assemblyDir('dev'), path, 'index.mjs')).href;
    const code = `import { handler as real } from '${bundle}';\n${source}`;
    this.assets.files[name] = { source: { path: this.asset(name, 'index.mjs', code) } };
    found.Properties.Code = { S3Key: `${name}.zip` };
    if (memoryMb !== undefined) found.Properties.MemorySize = memoryMb;
  }

  /** The folder that a host boots from. */
  write(): string {
    this.replace('Slipway-dev.template.json', this.template);
    this.replace('Slipway-dev.assets.json', this.assets);
    return this.folder;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private addRoute(name: string, route: string): void {
    const { Resources } = this.template;
    const [api] = Object.entries(Resources).find(([, { Type }]) => Type.endsWith('V2::Api')) ?? [];
    Resources[`${name}Integration`] = {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: { Ref: api },
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: { 'Fn::GetAtt': [name, 'Arn'] },
        PayloadFormatVersion: '2.0',
      },
    };
    Resources[`${name}Route`] = {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: { Ref: api },
        RouteKey: route,
        Target: { 'Fn::Join': ['', ['integrations/', { Ref: `${name}Integration` }]] },
      },
    };
  }

  /** Folder of an image whose program is this source. */
  private program(name: string, source: string): string {
    const folder = this.asset(name, 'program.mjs', source);
    writeFileSync(
      join(this.folder, folder, 'Dockerfile'),
      'FROM node:24\nENTRYPOINT ["node", "program.mjs"]\n',
    );
    return folder;
  }

  private asset(name: string, file: string, source: string): string {
    const folder = `asset.${name}`;
    mkdirSync(join(this.folder, folder));
    writeFileSync(join(this.folder, folder, file), source);
    return folder;
  }

  private read<T>(file: string): T {
    return JSON.parse(readFileSync(join(this.folder, file), 'utf8')) as T;
  }

  /** The link to the built file is replaced, never what it points to. */
  private replace(file: string, content: unknown): void {
    rmSync(join(this.folder, file));
    writeFileSync(join(this.folder, file), JSON.stringify(content));
  }
}

interface FunctionOptions {
  readonly timeoutSeconds?: number;
  readonly memoryMb?: number;
  /** For example `GET /faults/{how}`. */
  readonly route?: string;
}

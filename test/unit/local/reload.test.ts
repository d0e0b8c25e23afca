import { describe, expect, it } from 'vitest';
import type { LambdaService } from '../../../lib/local/lambda/index.ts';
import { reload } from '../../../lib/local/reload.ts';
import type { Assembly, TemplateResource } from '../../../lib/local/template/assembly.ts';

const fn = (name: string, asset: string, more: object = {}): TemplateResource => ({
  Type: 'AWS::Lambda::Function',
  Properties: { FunctionName: name, Code: { S3Key: `${asset}.zip` }, ...more },
});

const assembly = (Resources: Record<string, TemplateResource>): Assembly => ({
  stackName: 'test',
  template: { Resources },
  assetPath: (hash) => `assets/${hash}`,
  imageFolder: (hash) => hash,
});

/** What a reload from one set of resources to another does. */
function reloaded(old: Record<string, TemplateResource>, now: Record<string, TemplateResource>) {
  const replaced: string[][] = [];
  const lambda = {
    replaceCode: (...args: [string, string]) => replaced.push(args),
  } as unknown as LambdaService;
  return { ...reload(assembly(old), assembly(now), lambda), replaced };
}

describe('reload', () => {
  it('replaces the code that changed, and only that', () => {
    const found = reloaded(
      { A: fn('a', 'one'), B: fn('b', 'two') },
      { A: fn('a', 'three'), B: fn('b', 'two') },
    );
    expect(found).toEqual({ functions: ['a'], restart: [], replaced: [['a', 'assets/three']] });
  });

  it('replaces the program of an image, whose place is known by its tag', () => {
    const image = (hash: string) => ({
      Type: 'AWS::Lambda::Function',
      Properties: { FunctionName: 'a', Code: { ImageUri: { 'Fn::Sub': `repository:${hash}` } } },
    });
    const found = reloaded({ A: image('one') }, { A: image('two') });
    expect(found).toEqual({ functions: ['a'], restart: [], replaced: [['a', 'two']] });
    expect(reloaded({ A: image('one') }, { A: image('one') }).functions).toEqual([]);
  });

  it('asks for a restart when more than code differs', () => {
    const queue = { Type: 'AWS::SQS::Queue' };
    const found = reloaded(
      { A: fn('a', 'one'), Q: queue },
      { A: fn('a', 'two', { Timeout: 5 }), R: queue },
    );
    expect(found).toEqual({ functions: [], restart: ['A', 'Q', 'R'], replaced: [] });
  });
});

import { setTimeout as pause } from 'node:timers/promises';
import type { XmlElement } from '@rgrove/parse-xml';
import { elements, rootOf, textOf } from '../../lib/local/shared/xml.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { fresh, type Intake } from './case.ts';

/** Hands a template to a CloudFormation API, in its path form, and waits for the end of its stack. */
export const cloudFormationAt =
  (endpoint: string): Intake =>
  async (template, parameters = {}) => {
    const call = async (Action: string, input: Readonly<Record<string, string>>) => {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: {
          authorization:
            'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cloudformation/aws4_request, SignedHeaders=host, Signature=0',
        },
        body: new URLSearchParams({ Action, Version: '2010-05-15', ...input }),
      });
      return { ok: response.ok, root: rootOf(await response.text()) };
    };
    const StackName = fresh('stack');
    const given = Object.entries(parameters).flatMap(([name, value], i) => [
      [`Parameters.member.${i + 1}.ParameterKey`, name],
      [`Parameters.member.${i + 1}.ParameterValue`, value],
    ]);
    const made = await call('CreateStack', {
      StackName,
      TemplateBody: JSON.stringify(template),
      ...Object.fromEntries(given),
    });
    if (!made.ok) return 'refused';
    for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await pause(50)) {
      const { root } = await call('DescribeStacks', { StackName });
      const stack = membersOf(descend(root, ['DescribeStacksResult', 'Stacks']))[0];
      const status = (stack && textOf(stack, 'StackStatus')) ?? '';
      if (status === 'CREATE_COMPLETE') return outputsOf(stack);
      if (/FAILED|ROLLBACK_COMPLETE/.test(status)) return 'refused';
    }
    throw new Error(`${StackName} has no end`);
  };

const membersOf = (list: XmlElement | undefined) => (list ? elements(list, 'member') : []);

const descend = (root: XmlElement, [name, ...rest]: readonly string[]): XmlElement | undefined => {
  if (name === undefined) return root;
  const [child] = elements(root, name);
  return child && descend(child, rest);
};

const outputsOf = (stack: XmlElement | undefined) =>
  Object.fromEntries(
    membersOf(stack && descend(stack, ['Outputs'])).map((one) => [
      textOf(one, 'OutputKey') ?? '',
      textOf(one, 'OutputValue') ?? '',
    ]),
  );

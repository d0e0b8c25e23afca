import { messageOf } from '../../shared/message-of.ts';
import type { Json } from '../asl/definition.ts';
import { StateError } from '../asl/state-error.ts';
import { type Bindings, compile, evaluateExpression, expressionOf } from './expression.ts';

/**
 * Replaces every `{% … %}` of a JSON template by its value. `field` names the template in the
 * error. Throws `States.QueryEvaluationError` when an expression fails or selects nothing.
 */
export async function evaluateTemplate(
  template: Json,
  field: string,
  bindings: Bindings,
): Promise<Json> {
  if (typeof template === 'string') return evaluateText(template, field, bindings);
  if (template === null || typeof template !== 'object') return template;
  if (isArray(template)) {
    const items: Json[] = [];
    for (const [index, item] of template.entries()) {
      items.push(await evaluateTemplate(item, `${field}[${index}]`, bindings));
    }
    return items;
  }
  const members: [string, Json][] = [];
  for (const [name, member] of Object.entries(template)) {
    members.push([name, await evaluateTemplate(member, `${field}/${name}`, bindings)]);
  }
  return Object.fromEntries(members);
}

async function evaluateText(text: string, field: string, bindings: Bindings): Promise<Json> {
  const source = expressionOf(text);
  if (source === undefined) return text;
  let value: Json | undefined;
  try {
    value = await evaluateExpression(source, bindings);
  } catch (error) {
    const message = messageOf(error);
    throw queryError(field, source, message);
  }
  if (value === undefined) throw queryError(field, source, 'it returned nothing (undefined)');
  return value;
}

function queryError(field: string, source: string, problem: string): StateError {
  return new StateError(
    'States.QueryEvaluationError',
    `The JSONata expression '${source}' of the field '${field}' failed: ${problem}`,
  );
}

/** What is wrong with the expressions of a template, each with its place; empty when all compile. */
export function templateProblems(template: unknown, field: string): string[] {
  if (typeof template === 'string') {
    const source = expressionOf(template);
    if (source === undefined) {
      return template.startsWith('{%') ? [`${field} begins with {% but does not end with %}`] : [];
    }
    try {
      compile(source);
      return [];
    } catch (error) {
      return [`${field} is not valid JSONata: ${messageOf(error)}`];
    }
  }
  if (template === null || typeof template !== 'object') return [];
  return Object.entries(template).flatMap(([name, member]) =>
    templateProblems(member, `${field}/${name}`),
  );
}

/** `Array.isArray` for readonly arrays. */
export function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

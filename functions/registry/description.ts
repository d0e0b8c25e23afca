/** That a description is still the one that was read: its event says what was there before. */
export const unchangedDescription = ({ description }: { readonly description?: string | null }) =>
  description === undefined
    ? { condition: 'attribute_not_exists(description)', values: {} }
    : { condition: 'description = :previous', values: { ':previous': description } };

/** The same for another text of a model, where it is given anew: a condition to add, or none; `#<name>` stands for it. */
export function unchanged(
  name: 'owner' | 'deployment_job_id',
  previous: string | undefined,
  given: string | undefined,
) {
  if (given === undefined) return { condition: '', values: {} };
  const attribute = `#${name}`;
  if (previous === undefined) {
    return { condition: ` AND attribute_not_exists(${attribute})`, values: {} };
  }
  const value = `:previous_${name}`;
  return { condition: ` AND ${attribute} = ${value}`, values: { [value]: previous } };
}

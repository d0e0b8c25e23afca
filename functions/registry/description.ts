/** That a description is still the one that was read: its event says what was there before. */
export const unchangedDescription = ({ description }: { readonly description?: string | null }) =>
  description === undefined
    ? { condition: 'attribute_not_exists(description)', values: {} }
    : { condition: 'description = :previous', values: { ':previous': description } };

/** Of ECMAScript 2026. */
const json = JSON as unknown as {
  readonly rawJSON: (text: string) => object;
  readonly isRawJSON: (value: unknown) => boolean;
};

/** A value for `JSON.stringify` that comes out as the number that the text is, digit by digit. */
export const rawNumber = (text: string): object => json.rawJSON(text);

export const isRawNumber = (value: object): boolean => json.isRawJSON(value);

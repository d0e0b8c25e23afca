import { alreadyExists, type DomainError } from '../shared/errors.ts';

/** A prompt is a registered model with this tag, each of its versions one of the prompt's texts. */
export const PROMPT_TAG = 'mlflow.prompt.is_prompt';

/** The tag of a version that is the prompt's text. */
export const PROMPT_TEXT_TAG = 'mlflow.prompt.text';

type Tagged = { readonly tags: Readonly<Record<string, string>> };

const isPrompt = ({ tags }: Tagged): boolean => tags[PROMPT_TAG]?.toLowerCase() === 'true';

/** What searches for models leave out: MLflow's query compares the tag exactly. */
export const isHiddenPrompt = ({ tags }: Tagged): boolean => tags[PROMPT_TAG] === 'true';

const kind = (entity: Tagged) => (isPrompt(entity) ? 'Prompt' : 'Registered Model');

/** Models and prompts share their names; the refusal says which of them has it (MLflow's texts). */
export function nameTaken(name: string, existing: Tagged, wanted: Tagged): DomainError {
  const [old, fresh] = [kind(existing), kind(wanted)];
  if (old === fresh) return alreadyExists(`${fresh} (name=${name}) already exists.`);
  return alreadyExists(
    `Tried to create a ${fresh.toLowerCase()} with name '${name}', but the name is already taken by a ${old.toLowerCase()}. MLflow does not allow creating a model and a prompt with the same name.`,
  );
}

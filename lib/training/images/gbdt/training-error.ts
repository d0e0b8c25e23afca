/** A fault of the data, the settings or the surroundings: its message is what the caller is told. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
}

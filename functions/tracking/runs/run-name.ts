import { randomInt } from 'node:crypto';

const ADJECTIVES = [
  'amber',
  'bold',
  'brisk',
  'calm',
  'clear',
  'deft',
  'eager',
  'fair',
  'keen',
  'merry',
  'quiet',
  'swift',
  'tidy',
  'vivid',
  'wise',
];
const NOUNS = [
  'anchor',
  'bow',
  'cleat',
  'deck',
  'gale',
  'harbor',
  'helm',
  'hull',
  'keel',
  'mast',
  'oar',
  'pier',
  'reef',
  'sail',
  'tide',
];

const pick = (words: readonly string[]) => words[randomInt(words.length)] ?? '';

/** `swift-keel-412`, for runs that nobody named. */
export const randomRunName = () => `${pick(ADJECTIVES)}-${pick(NOUNS)}-${randomInt(1000)}`;

import { AwsError } from '../shared/aws-error.ts';
import type { ImageFolder } from '../shared/dockerfile.ts';
import { messageOf } from '../shared/message-of.ts';

/** The folder of an image. Throws `ValidationException` for an unknown one. */
export function requireImage(imageFolder: ImageFolder, uri: string): string {
  try {
    return imageFolder(uri);
  } catch (error) {
    throw new AwsError('ValidationException', `Cannot find image ${uri}: ${messageOf(error)}`);
  }
}

const FORM =
  /^(?!xn--|sthree-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?<!-s3alias|--ol-s3|\.mrap|--x-s3)$/;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const isBucketName = (name: string): boolean =>
  FORM.test(name) && !name.includes('..') && !/^\d+(\.\d+){3}$/.test(name);

/** The page that the tables below are from. */
export const PATH_PATTERN_PAGE =
  'AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern';

/** Patterns, paths that they mean and paths that they do not; the page's own examples first. */
export const PATH_PATTERNS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['*.jpg', ['/a.jpg', '/images/product1/a.jpg'], ['/LOGO.JPG', '/a.jpg.txt', '/a.gif']],
  ['images/*.jpg', ['/images/a.jpg', '/images/product1/a.jpg'], ['/a.jpg', '/other/images/a.jpg']],
  ['/images/*.jpg', ['/images/a.jpg', '/images/product1/a.jpg'], ['/a.jpg', '/images/a.gif']],
  ['a*.jpg', ['/apple.jpg', '/appalachian_trail_2012_05_21.jpg'], ['/banana.jpg', '/apple.png']],
  ['a??.jpg', ['/ant.jpg', '/abe.jpg'], ['/a.jpg', '/apple.jpg', '/an.jpg']],
  ['*.doc*', ['/a.doc', '/a.docx', '/a.docm'], ['/a.txt']],
  ['*.doc?', ['/a.docx', '/a.docm'], ['/a.doc']],
  ['*', ['/', '/a', '/a/b.c'], []],
  ['/?*', ['/a', '/index.html', '/api/2.0/mlflow/runs/get'], ['/']],
  ['/index.html', ['/index.html'], ['/', '/index.html/', '/indexxhtml', '/Index.html']],
  ['/a+b/$(c)', ['/a+b/$(c)'], ['/aab/c', '/a+b/c']],
];

/** The page's example of order: the first behaviour that matches is the one, more patterns or not. */
export const ORDER = {
  patterns: ['images/*.jpg', 'images/*', '*.gif'],
  chosen: {
    '/images/sample.jpg': 'images/*.jpg',
    '/images/sample.gif': 'images/*',
    '/sample.gif': '*.gif',
    '/sample.png': '*',
  },
} as const;

/** "CloudFront normalizes URI paths consistent with RFC 3986": as sent, as compared. */
export const NORMALIZED: readonly (readonly [string, string])[] = [
  ['/', '/'],
  ['/a/b', '/a/b'],
  ['/a/b/', '/a/b/'],
  ['//a///b', '/a/b'],
  ['/a/./b', '/a/b'],
  ['/a/../b', '/b'],
  ['/a/b/..', '/a/'],
  ['/../../a', '/a'],
  ['/%61%7Eb', '/a~b'],
  ['/%2e%2e/a', '/a'],
  ['/a%2fb', '/a%2Fb'],
  ['/a...b', '/a...b'],
];

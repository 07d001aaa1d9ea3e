/**
 * A path as the most forgetful file system compares it (APFS, NTFS, a phone’s): two paths with the same answer cannot
 * stand beside each other everywhere. Case, unicode form, invisible characters, and dots and spaces at the end of a name
 * do not count. Upper case first, since `ß` and `ﬁ` are two letters only there.
 */
export function sameName(path: string): string {
  return path
    .split('/')
    .map(part =>
      part
        .normalize('NFKC')
        .replace(/[\p{C}\p{DI}]/gu, '')
        .toUpperCase()
        .toLowerCase()
        .normalize('NFKC')
        .replace(/[. ]+$/, ''),
    )
    .join('/');
}

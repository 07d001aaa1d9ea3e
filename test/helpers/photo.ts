/** A JPEG without a picture that says when it was taken (EXIF 2.32: APP1, one directory that leads to another). */
export function jpegTaken(when: string, salt = 0): Buffer {
  const tiff = Buffer.alloc(8 + 18 + 18 + 20);
  tiff.write('II', 0, 'latin1');
  tiff.writeUInt16LE(42, 2);
  tiff.writeUInt32LE(8, 4);
  const directory = (at: number, tag: number, type: number, count: number, value: number): void => {
    tiff.writeUInt16LE(1, at);
    tiff.writeUInt16LE(tag, at + 2);
    tiff.writeUInt16LE(type, at + 4);
    tiff.writeUInt32LE(count, at + 6);
    tiff.writeUInt32LE(value, at + 10);
  };
  directory(8, 0x8769, 4, 1, 26);
  directory(26, 0x9003, 2, 20, 44);
  tiff.write(`${when}\0`, 44, 'latin1');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(2 + 6 + tiff.length);
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1]);
  const end = Buffer.from([0xff, 0xfe, 0, 3, salt, 0xff, 0xd9]);
  return Buffer.concat([head, length, Buffer.from('Exif\0\0', 'latin1'), tiff, end]);
}

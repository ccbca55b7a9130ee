// Has pictures read in this browser. The functions are those of the web app's api.js,
// which asks a server: the scripts that they share notice no difference.

import { ask } from "./reader.js";

const OPENED = /^image\/(png|jpeg|webp|gif|bmp|tiff)$/; // by Python itself
const NOT_OPENED = "This browser cannot open files of this kind: save the picture as PNG or JPEG.";

/** Read a picture file; returns a result for each of its pages. */
export async function readFile(_url, file) {
  try {
    const bytes = OPENED.test(file.type) ? await file.arrayBuffer() : await convert(file);
    return await read(bytes, file.name);
  } catch (error) {
    return [{ error: { message: error.message } }];
  }
}

/** Read a picture that is a data URL. */
export async function readDataUrl(_url, image) {
  try {
    const [, text] = image.split(",");
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return (await read(bytes.buffer, "drawing"))[0];
  } catch (error) {
    return { error: { message: error.message } };
  }
}

function read(bytes, name) {
  return ask("read", new Uint8Array(bytes), name);
}

/** Have the browser open what Python has no library for here, such as HEIC on an iPhone. */
async function convert(file) {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) throw new Error(NOT_OPENED);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  return blob.arrayBuffer();
}

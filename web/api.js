// Has pictures read in this browser. The functions are those of the web app's api.js,
// which asks a server: the scripts that they share notice no difference.

import { ask } from "./reader.js";

const UNSUPPORTED = "unsupported_type"; // as digitlib.errors has it
const MOST_PIXELS = 12e6; // of a picture that the browser opens; iPhones allow 16 million

/** Read a picture file; returns a result for each of its pages. */
export async function readFile(_url, file) {
  try {
    const results = await read(await file.arrayBuffer(), file.name);
    const isUnknown = results[0].error?.code === UNSUPPORTED;
    return (isUnknown && (await readOpened(file))) || results;
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

/** Read what the browser itself opens, such as HEIC on an iPhone; null if it cannot. */
async function readOpened(file) {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return null;
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height)));
  const size = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(scale * side)));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = size;
  canvas.getContext("2d").drawImage(bitmap, 0, 0, ...size);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const results = await read(await blob.arrayBuffer(), file.name);
  return results.map((result) => ({ ...result, size }));
}

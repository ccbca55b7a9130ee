// What the page does with scripts: draw, and upload without leaving the page.
// Without them the upload form still works; see pages.py.

import { setUpDrawing } from "./draw.js";
import { setUpUpload } from "./upload.js";

/** The drawing pad of the page. */
export const pad = setUpDrawing(document.querySelector("#draw"));

setUpUpload(document.querySelector("#upload"), document.querySelector("#results"));

// The page's scripts: drawing, and uploading without leaving the page. The upload form
// also works without them; see app/pages/views.py.

import { setUpDrawing } from "./draw.js";
import { setUpUpload } from "./upload.js";

/** The drawing pad of the page. */
export const pad = setUpDrawing(document.querySelector("#draw"));

setUpUpload(document.querySelector("#upload"), document.querySelector("#results"));

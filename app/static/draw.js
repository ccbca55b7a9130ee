// Drawing: the pad is read while the visitor draws. There is one request at a time, always
// with the newest drawing; drawings that are already outdated are never sent.

import { readDataUrl } from "./api.js";
import { Pad } from "./pad.js";
import { describe, showAnswer, showBoxes } from "./result.js";

const PAUSE = 100; // milliseconds between two requests, for other visitors' sake
const QUIET = 800; // milliseconds without a change before a screen reader is told

/** Set up the drawing pad and return it. */
export function setUpDrawing(section) {
  const { url, side, penWidth } = section.dataset;
  const reader = new Reader(section, url);
  const canvas = section.querySelector("canvas");
  const pad = new Pad(canvas, Number(side), Number(penWidth));
  canvas.addEventListener("input", () => reader.read(pad));
  section.hidden = false;
  section.querySelector("#undo").addEventListener("click", () => pad.undo());
  section.querySelector("#clear").addEventListener("click", () => pad.clear());
  return pad;
}

/** Reads the drawing and shows the result. */
class Reader {
  constructor(section, url) {
    this.url = url;
    this.boxes = section.querySelector(".boxes");
    this.start = section.querySelector(".start");
    this.answer = section.querySelector(".answer");
    this.said = section.querySelector("#said");
    this.drawn = section.querySelector("#drawn");
  }

  async read(pad) {
    this.isStale = true;
    if (!pad.strokes.length) this.show(pad, {});
    if (this.drawn.ariaBusy === "true") return;
    this.drawn.ariaBusy = "true";
    while (this.isStale) {
      this.isStale = false;
      if (pad.strokes.length) {
        const result = await readDataUrl(this.url, pad.toDataUrl());
        if (pad.strokes.length) this.show(pad, result); // unless cleared meanwhile
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    }
    this.drawn.ariaBusy = "false";
  }

  show(pad, result) {
    this.start.hidden = Object.keys(result).length > 0;
    showBoxes(this.boxes, result.digits ?? [], pad.side, pad.side);
    showAnswer(this.answer, result);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.said.textContent = describe(result)), QUIET);
  }
}

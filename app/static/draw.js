// Draw: the pad is read while one draws on it. One request at a time, and always of the
// newest drawing: what was drawn meanwhile is read next, what is outdated never.

import { readDataUrl } from "./api.js";
import { Pad } from "./pad.js";
import { describe, showAnswer, showBoxes } from "./result.js";

const REST = 100; // milliseconds between two readings: a server has other visitors
const QUIET = 800; // milliseconds without a change until a screen reader is told

/** Bring the drawing pad to life; returns it. */
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

/** What is read in the drawing. */
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
        await new Promise((resolve) => setTimeout(resolve, REST));
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

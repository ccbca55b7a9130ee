// Draw: strokes from mouse, finger or pen, shown sharply on any screen and sent as the
// same picture from every screen, which is what digitlib.ink draws: side x side pixels,
// black on white, a round pen.

import { readDataUrl } from "./api.js";
import { showAnswer, showBoxes } from "./result.js";

const PAPER = "#fff";
const INK = "#000";

// digitlib.ink draws with OpenCV, whose points are the centres of pixels, and whose soft
// edges make a line this much wider.
const HALF_PIXEL = 0.5;
const SOFT_EDGES = 1;

/** Bring the drawing pad to life. */
export function setUpPad(section) {
  const { url, side, penWidth } = section.dataset;
  const pad = new Pad(section.querySelector("canvas"), Number(side), Number(penWidth));
  const answer = new Answer(section, pad);
  section.hidden = false;
  section.querySelector("#predict").addEventListener("click", () => answer.ask(url));
  section.querySelector("#clear").addEventListener("click", () => pad.clear());
  pad.onChange = () => answer.forget();
}

/** Strokes on a canvas; points are [x, y] on a paper of side x side. */
class Pad {
  constructor(canvas, side, penWidth) {
    Object.assign(this, { canvas, side, penWidth, strokes: [], stroke: null });
    this.onChange = () => {};
    canvas.addEventListener("pointerdown", (event) => this.start(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const type of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(type, () => (this.stroke = null));
    }
    // Also called at first, and when the page is moved to another screen.
    new ResizeObserver(() => this.repaint()).observe(canvas);
  }

  start(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    this.canvas.setPointerCapture(event.pointerId); // the stroke may leave the pad
    this.stroke = [];
    this.strokes.push(this.stroke);
    this.onChange();
    this.move(event);
  }

  move(event) {
    if (!this.stroke || !event.isPrimary) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const each of moves.length ? moves : [event]) this.stroke.push(this.place(each));
    this.repaint();
  }

  clear() {
    this.strokes = [];
    this.stroke = null;
    this.onChange();
    this.repaint();
  }

  place({ clientX, clientY }) {
    const { left, top, width } = this.canvas.getBoundingClientRect();
    const scale = this.side / width;
    return [(clientX - left) * scale, (clientY - top) * scale];
  }

  repaint() {
    const pixels = Math.round(this.canvas.clientWidth * window.devicePixelRatio);
    paint(this.canvas, pixels, this);
  }

  toDataUrl() {
    const canvas = document.createElement("canvas");
    paint(canvas, this.side, this);
    return canvas.toDataURL("image/png");
  }
}

/** Paint the strokes of a pad on a canvas of so many pixels. */
function paint(canvas, pixels, { strokes, side, penWidth }) {
  canvas.width = canvas.height = pixels; // this also wipes it
  const pen = canvas.getContext("2d");
  pen.fillStyle = PAPER;
  pen.fillRect(0, 0, pixels, pixels);
  pen.scale(pixels / side, pixels / side);
  pen.translate(HALF_PIXEL, HALF_PIXEL);
  pen.strokeStyle = INK;
  pen.lineWidth = penWidth + SOFT_EDGES;
  pen.lineCap = pen.lineJoin = "round";
  for (const stroke of strokes) {
    pen.beginPath();
    const [x, y] = stroke[0];
    pen.moveTo(x + 0.01, y); // a line without any length, a dot, would not be drawn
    for (const point of stroke) pen.lineTo(...point);
    pen.stroke();
  }
}

/** What was read in the drawing; gone as soon as the drawing changes. */
class Answer {
  constructor(section, pad) {
    this.pad = pad;
    this.boxes = section.querySelector(".boxes");
    this.hint = section.querySelector(".hint");
    this.answer = section.querySelector(".answer");
  }

  async ask(url) {
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      this.show(await readDataUrl(url, this.pad.toDataUrl(), this.asking.signal));
    } catch (error) {
      if (error.name !== "AbortError") throw error; // no longer wanted
    }
  }

  forget() {
    this.asking?.abort();
    this.show({});
  }

  show(result) {
    this.hint.hidden = Object.keys(result).length > 0;
    showBoxes(this.boxes, result.digits ?? [], this.pad.side, this.pad.side);
    showAnswer(this.answer, result);
  }
}

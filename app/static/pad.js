// A pad to draw on with mouse, finger, pen or keyboard. Its strokes are sharp on any
// screen, and every screen sends the same picture, as digitlib.reading.ink draws it:
// side x side pixels, black on white, with a round pen.

const PAPER = "#fff";
const INK = "#16191d";
const BLACK = "#000";
const CURSOR = "#1a5fd0";
const STEP = 7; // pixels of the pad per press of an arrow key

// digitlib.reading.ink draws with OpenCV, where points are the centres of pixels and
// anti-aliased edges make a line this much wider.
const HALF_PIXEL = 0.5;
const ANTI_ALIASING = 1;

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Strokes on a canvas; points are [x, y] on a square of side x side. Each change fires an
 * "input" event on the canvas. `tool` is what drew last: "mouse", "touch", "pen" or
 * "keyboard".
 */
export class Pad {
  constructor(canvas, side, penWidth) {
    Object.assign(this, { canvas, side, penWidth, strokes: [], stroke: null, tool: "" });
    this.cursor = [side / 2, side / 4]; // where the keyboard's pen is
    canvas.addEventListener("pointerdown", (event) => this.start(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const type of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(type, () => (this.stroke = null));
    }
    canvas.addEventListener("keydown", (event) => this.press(event));
    canvas.addEventListener("focus", () => this.repaint());
    canvas.addEventListener("blur", () => this.rest());
    // Also called once at the start, and when the page moves to another screen.
    new ResizeObserver(() => this.repaint()).observe(canvas);
  }

  undo() {
    this.strokes.pop();
    this.changed();
  }

  clear() {
    this.put([]);
  }

  /** Show other strokes in place of these. */
  put(strokes) {
    this.strokes = strokes;
    this.changed();
  }

  /** Lower the pen at a point. */
  begin(point, tool) {
    this.tool = tool;
    this.stroke = [point];
    this.strokes.push(this.stroke);
    this.tell();
    this.repaint();
  }

  start(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    this.canvas.setPointerCapture(event.pointerId); // the stroke may leave the pad
    this.begin(this.place(event), event.pointerType);
  }

  move(event) {
    if (!this.stroke || !event.isPrimary || !event.buttons) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const each of moves.length ? moves : [event]) this.stroke.push(this.place(each));
    this.tell();
    this.repaint();
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    if (key in ARROWS) this.step(ARROWS[key]);
    else if (key === " ") this.toggle();
    else if (key === "Backspace") this.undo();
    else if (key === "Delete") this.clear();
    else return;
    event.preventDefault(); // so that the page does not scroll
  }

  /** Lower or lift the keyboard's pen. */
  toggle() {
    if (this.stroke) this.rest();
    else this.begin([...this.cursor], "keyboard");
  }

  step([across, down]) {
    const within = (place) => Math.min(Math.max(place, 0), this.side);
    const [x, y] = this.cursor;
    this.cursor = [within(x + across * STEP), within(y + down * STEP)];
    if (this.stroke) {
      this.stroke.push([...this.cursor]);
      this.tell();
    }
    this.repaint();
  }

  rest() {
    this.stroke = null;
    this.repaint();
  }

  changed() {
    this.stroke = null;
    this.tell();
    this.repaint();
  }

  tell() {
    this.canvas.dispatchEvent(new Event("input"));
  }

  place({ clientX, clientY }) {
    const { left, top, width } = this.canvas.getBoundingClientRect();
    const scale = this.side / width;
    return [(clientX - left) * scale, (clientY - top) * scale];
  }

  repaint() {
    const pixels = Math.round(this.canvas.clientWidth * window.devicePixelRatio);
    paint(this.canvas, pixels, this, INK);
    if (this.canvas.matches(":focus-visible")) this.paintCursor(pixels / this.side);
  }

  paintCursor(scale) {
    const pen = this.canvas.getContext("2d");
    pen.beginPath();
    pen.arc(...this.cursor, this.penWidth / 2, 0, 2 * Math.PI);
    pen.lineWidth = 3 / scale;
    pen.strokeStyle = pen.fillStyle = CURSOR;
    this.stroke ? pen.fill() : pen.stroke();
  }

  toDataUrl() {
    const canvas = document.createElement("canvas");
    paint(canvas, this.side, this, BLACK);
    return canvas.toDataURL("image/png");
  }
}

/** Paint the strokes of a pad on a canvas of pixels x pixels. */
function paint(canvas, pixels, { strokes, side, penWidth }, ink) {
  canvas.width = canvas.height = pixels; // this also wipes it
  const pen = canvas.getContext("2d");
  pen.fillStyle = PAPER;
  pen.fillRect(0, 0, pixels, pixels);
  pen.scale(pixels / side, pixels / side);
  pen.translate(HALF_PIXEL, HALF_PIXEL);
  pen.strokeStyle = ink;
  pen.lineWidth = penWidth + ANTI_ALIASING;
  pen.lineCap = pen.lineJoin = "round";
  for (const stroke of strokes) {
    pen.beginPath();
    const [x, y] = stroke[0];
    pen.moveTo(x + 0.01, y); // a dot, a line of no length, would not be drawn
    for (const point of stroke) pen.lineTo(...point);
    pen.stroke();
  }
}

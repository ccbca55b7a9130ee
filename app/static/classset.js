// The class set: who agrees is asked for digits, and keeps each with one tap. Nothing is
// sent to be kept before. Only where the app collects; the other side is app/classset.py.

import { postJson } from "./api.js";
import { pad } from "./main.js";

const WRITER = "class-set-writer"; // in the browser's storage, once somebody agreed
const STYLES = { mouse: "mouse", touch: "finger", pen: "pen", keyboard: "keyboard" };
const HOW = "Draw it on the pad, then keep it.";

/** What this browser remembers; where it may not, for as long as the page is open. */
const memory = {
  value: null,
  get: () => attempt(() => localStorage.getItem(WRITER)) ?? memory.value,
  set(value) {
    this.value = value;
    attempt(() => localStorage.setItem(WRITER, value));
  },
  clear() {
    this.value = null;
    attempt(() => localStorage.removeItem(WRITER));
  },
};

/** The asking, the keeping and the deleting. */
class ClassSet {
  constructor(section, keeping, pad) {
    Object.assign(this, { section, keeping, pad, toAsk: [] });
    this.consent = section.querySelector("#consent");
    this.asked = section.querySelector("#asked");
    this.said = section.querySelector("#class-said");
    this.keepAsked = keeping.querySelector("#keep-asked");
    this.tens = keeping.querySelectorAll("[data-digit]");
    this.listen();
    this.askNext();
    if (memory.get()) this.say(HOW);
    this.show();
    section.hidden = false;
  }

  listen() {
    this.section.querySelector("#agree").addEventListener("click", () => this.agree());
    this.keeping.querySelector("#forget").addEventListener("click", () => this.forget());
    this.keepAsked.addEventListener("click", () => this.keep(this.digit));
    for (const button of this.tens) {
      button.addEventListener("click", () => this.keep(Number(button.dataset.digit)));
    }
    this.pad.canvas.addEventListener("input", () => this.show());
  }

  agree() {
    memory.set(makeUpId());
    this.say(HOW);
    this.show();
    this.section.scrollIntoView({ block: "nearest" }); // the page is shorter now
    this.toPad();
  }

  /** Keep the drawing as this digit, and ask for the next one. */
  async keep(label) {
    const { keep: url, kind } = this.section.dataset;
    const { strokes, penWidth, tool } = this.pad;
    const drawing = { kind, pen_width: penWidth, strokes: round(strokes) };
    const style = STYLES[tool] ?? "";
    const answer = await this.send(url, { label, style, drawing });
    if (answer.error) return this.say(`Not kept: ${answer.error.message}`, true);
    if (label === this.digit) this.askNext();
    this.pad.clear();
    this.say(`Kept as ${article(label)} ${label}: ${answer.digits} of yours.`);
    this.toPad();
  }

  async forget() {
    const answer = await this.send(this.section.dataset.forget, {});
    if (answer.error) return this.say(`Not deleted: ${answer.error.message}`, true);
    memory.clear();
    this.show();
    this.say(`Deleted: ${answer.deleted} of yours. Nothing is left of them in the set.`);
    this.section.querySelector("#agree").focus();
  }

  async send(url, value) {
    this.isSending = true;
    this.show();
    const answer = await postJson(url, { writer: memory.get(), ...value });
    this.isSending = false;
    this.show();
    return answer;
  }

  /** All ten digits come, in an order by chance, before one comes again. */
  askNext() {
    if (!this.toAsk.length) this.toAsk = shuffle([...Array(10).keys()]);
    this.digit = this.toAsk.pop();
    this.asked.querySelector(".article").textContent = article(this.digit);
    this.asked.querySelector("b").textContent = this.digit;
    this.keepAsked.querySelector("span").textContent = this.digit;
  }

  show() {
    const agreed = memory.get() !== null;
    this.consent.hidden = agreed;
    this.asked.hidden = this.keeping.hidden = !agreed;
    const nothing = !this.pad.strokes.length || this.isSending;
    for (const button of [this.keepAsked, ...this.tens]) button.disabled = nothing;
  }

  say(sentence, isProblem = false) {
    this.said.textContent = sentence;
    this.said.hidden = !sentence;
    this.said.classList.toggle("problem", isProblem);
  }

  /** The button that had the focus has nothing to do any more. */
  toPad() {
    this.pad.canvas.focus({ preventScroll: true });
  }
}

/** 32 hexadecimal digits. crypto.randomUUID is missing on a workshop's plain http. */
function makeUpId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function shuffle(values) {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [values[i], values[j]] = [values[j], values[i]];
  }
  return values;
}

/** A tenth of a pixel is what digitlib.reading.ink keeps. */
function round(strokes) {
  return strokes.map((stroke) => stroke.map(([x, y]) => [tenth(x), tenth(y)]));
}

const tenth = (number) => Math.round(10 * number) / 10;

const article = (digit) => (digit === 8 ? "an" : "a");

/** Storage that is switched off throws at every touch. */
function attempt(action) {
  try {
    return action();
  } catch {
    return null;
  }
}

new ClassSet(document.querySelector("#class"), document.querySelector("#keep"), pad);

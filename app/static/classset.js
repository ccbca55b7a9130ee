// The class set: visitors who agree are asked for digits and keep each with one tap.
// Before that nothing is sent to be stored. The page loads this script only if the app
// collects a class set; app/classset.py is the server's side.

import { postJson } from "./api.js";
import { pad } from "./main.js";

const WRITER = "class-set-writer"; // the key in the browser's storage, once a visitor agreed
const STYLES = { mouse: "mouse", touch: "finger", pen: "pen", keyboard: "keyboard" };
const LEFT =
  "Another program is reading the set's file. What is left of them in it will be overwritten within seconds after that program ends.";
const INSTRUCTION = "Draw it on the pad, then keep it.";

/** The writer's id in the browser's storage, or in the page if storage is switched off. */
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

/** Asks for digits, keeps them and deletes them. */
class ClassSet {
  constructor(section, keeping, pad) {
    Object.assign(this, { section, keeping, pad, toAsk: [] });
    this.consent = section.querySelector("#consent");
    this.asked = section.querySelector("#asked");
    this.said = section.querySelector("#class-said");
    this.keepAsked = keeping.querySelector("#keep-asked");
    this.digitButtons = keeping.querySelectorAll("[data-digit]");
    this.listen();
    this.askNext();
    if (memory.get()) this.say(INSTRUCTION);
    this.show();
    section.hidden = false;
  }

  listen() {
    this.section.querySelector("#agree").addEventListener("click", () => this.agree());
    this.keeping.querySelector("#forget").addEventListener("click", () => this.forget());
    this.keepAsked.addEventListener("click", () => this.keep(this.digit));
    for (const button of this.digitButtons) {
      button.addEventListener("click", () => this.keep(Number(button.dataset.digit)));
    }
    this.pad.canvas.addEventListener("input", () => this.show());
  }

  agree() {
    memory.set(randomId());
    this.say(INSTRUCTION);
    this.show();
    this.section.scrollIntoView({ block: "nearest" }); // the page is shorter now
    this.focusPad();
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
    this.focusPad();
  }

  async forget() {
    const answer = await this.send(this.section.dataset.forget, {});
    if (answer.error) return this.say(`Not deleted: ${answer.error.message}`, true);
    memory.clear();
    this.show();
    const rest = answer.erased ? "Nothing of them remains in the set." : LEFT;
    this.say(`Deleted: ${answer.deleted} of yours. ${rest}`);
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

  /** Ask for all ten digits in random order before any is repeated. */
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
    const cannotKeep = !this.pad.strokes.length || this.isSending;
    for (const button of [this.keepAsked, ...this.digitButtons]) button.disabled = cannotKeep;
  }

  say(sentence, isProblem = false) {
    this.said.textContent = sentence;
    this.said.hidden = !sentence;
    this.said.classList.toggle("problem", isProblem);
  }

  /** Focus the pad: the button that had the focus is now disabled or hidden. */
  focusPad() {
    this.pad.canvas.focus({ preventScroll: true });
  }
}

/** Returns 32 random hexadecimal digits. Over plain http there is no crypto.randomUUID. */
function randomId() {
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

/** Round points to a tenth of a pixel, as digitlib.reading.ink does. */
function round(strokes) {
  return strokes.map((stroke) => stroke.map(([x, y]) => [tenth(x), tenth(y)]));
}

const tenth = (number) => Math.round(10 * number) / 10;

const article = (digit) => (digit === 8 ? "an" : "a");

/** Run an action; null if it throws, as storage does when it is switched off. */
function attempt(action) {
  try {
    return action();
  } catch {
    return null;
  }
}

new ClassSet(document.querySelector("#class"), document.querySelector("#keep"), pad);

// Teach it my hand: the visitor draws digits and says which they are. They are kept in
// this browser only, until a button deletes them.

import { ask } from "./reader.js";

const KEPT = "digits-of-my-hand"; // the key in the browser's storage
const MOST = 200; // digits: more would take no longer to write, but to read with

/** Let the section teach what is drawn on a pad. */
export function setUpHand(section, pad) {
  const hand = new Hand(section, pad);
  for (const button of section.querySelectorAll("[data-digit]")) {
    button.addEventListener("click", () => hand.add(Number(button.dataset.digit)));
  }
  hand.forgetting.addEventListener("click", () => hand.forget());
  addEventListener("storage", ({ key }) => {
    // Another tab has changed it; without a key, everything was deleted.
    if (key === KEPT || key === null) hand.learn(stored());
  });
  if (stored().length) hand.learn(stored());
}

class Hand {
  constructor(section, pad) {
    Object.assign(this, { section, pad, said: section.querySelector("#taught"), examples: [] });
    this.forgetting = section.querySelector("#forget-hand");
  }

  /** Keep the drawing as an example of this digit. */
  async add(label) {
    const glyph = await this.glyph();
    if (!glyph) return this.say("Draw one digit first, then tap which it is.");
    this.pad.clear();
    await this.keep([...this.examples, [glyph, label]].slice(-MOST));
  }

  forget() {
    this.section.querySelector("summary").focus(); // the button, which has it, goes
    return this.keep([]);
  }

  keep(examples) {
    store(examples);
    return this.learn(examples);
  }

  async learn(examples) {
    this.examples = examples;
    this.section.open ||= examples.length > 0; // whoever taught it sees that it was taught
    this.forgetting.hidden = !examples.length;
    this.say(examples.length ? "Learning …" : "Forgotten: nothing of your hand is kept.");
    const counts = await ask("teach", JSON.stringify(examples));
    if (counts && examples === this.examples) this.say(describe(counts));
    this.pad.tell(); // what is on the pad is read anew
  }

  /** What the network sees of the only digit on the pad; nothing without one. */
  async glyph() {
    if (!this.pad.strokes.length) return null;
    const text = atob(this.pad.toDataUrl().split(",")[1]);
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const [{ digits = [] }] = await ask("read", bytes, "drawing");
    return digits.length === 1 ? digits[0].glyph : null;
  }

  say(sentence) {
    this.said.textContent = sentence;
  }
}

function describe({ own, mnist }) {
  return (
    `Of your ${own[2]} ${own[2] === 1 ? "digit" : "digits"} it reads ${own[0]} right without them, and ${own[1]} right` +
    ` with the help of the others. Of ${mnist[2]} digits by strangers (MNIST): ${mnist[0]} before, ${mnist[1]} now.`
  );
}

function stored() {
  try {
    const examples = JSON.parse(localStorage.getItem(KEPT)) ?? [];
    const isSound = ([glyph, label]) => glyph.startsWith("data:image/png") && label >= 0 && label <= 9;
    return examples.every(isSound) ? examples : [];
  } catch {
    return []; // storage is switched off, or holds something else
  }
}

function store(examples) {
  try {
    if (examples.length) localStorage.setItem(KEPT, JSON.stringify(examples));
    else localStorage.removeItem(KEPT);
  } catch {
    // Storage is switched off: the hand is known until the page is closed.
  }
}

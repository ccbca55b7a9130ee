// Shows what happens within: the steps from a drawing to what the network sees, the
// answers of every network with steps left out, and why. Python makes the HTML, the
// same as for the dashboard, once the pen rests.

import { ask } from "./reader.js";

const REST = 400; // milliseconds without a change before the steps are shown
const LONGER = 1200; // before the explanation, which takes about a second

/** Let the cards follow the drawing on a pad. */
export function setUpInside(section, pad) {
  const cards = new Cards(section, pad);
  pad.canvas.addEventListener("input", () => cards.schedule());
  for (const box of cards.switches) box.addEventListener("change", () => cards.showSteps());
  cards.showSteps();
  cards.showWhy();
}

class Cards {
  constructor(section, pad) {
    Object.assign(this, { section, pad, timers: [] });
    this.switches = [...section.querySelectorAll("input[type=checkbox]")];
  }

  schedule() {
    this.timers.forEach(clearTimeout);
    this.timers = [setTimeout(() => this.showSteps(), REST), setTimeout(() => this.showWhy(), LONGER)];
  }

  async showSteps() {
    const wanted = Object.fromEntries(this.switches.map((box) => [box.name, box.checked]));
    this.fill(await ask("look_inside", this.drawing(), JSON.stringify(wanted)));
  }

  async showWhy() {
    this.fill(await ask("tell_why", this.drawing()));
  }

  fill(cards) {
    for (const [name, html] of Object.entries(cards)) {
      this.section.querySelector(`[data-card=${name}]`).innerHTML = html;
    }
  }

  /** The drawing as the bytes of a picture; none if there is none. */
  drawing() {
    if (!this.pad.strokes.length) return new Uint8Array();
    const text = atob(this.pad.toDataUrl().split(",")[1]);
    return Uint8Array.from(text, (character) => character.charCodeAt(0));
  }
}

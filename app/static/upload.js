// Uploading: each picture that is chosen, dropped, pasted or taken gets a card at once and
// its reading as soon as it arrives; the other pages of a file get theirs then. Each file
// is a request of its own, so that a bad one does not affect the others and no batch is
// too large.

import { readFile } from "./api.js";
import { copyTemplate, describe, showAnswer, showBoxes } from "./result.js";

/** Let the form show the readings of its pictures on this page. */
export function setUpUpload(form, results) {
  const most = Number(form.dataset.most);
  const progress = new Progress(document.querySelector("#progress"));
  const take = (files) => readAll(form.dataset.url, [...files], most, results, progress);

  form.classList.add("scripted");
  form.querySelector(".or-drop").hidden = false;
  form.querySelector("button").hidden = true; // choosing a picture is enough
  for (const input of form.querySelectorAll("input")) {
    input.addEventListener("change", () => {
      take(input.files);
      input.value = ""; // so that the same picture can be chosen again
    });
  }
  setUpDrop(form, take);
  window.addEventListener("paste", ({ clipboardData }) => take(clipboardData.files));
}

function setUpDrop(form, take) {
  const isOver = (over) => form.classList.toggle("over", over);
  for (const type of ["dragover", "drop"]) {
    // A picture that misses the form must not replace the page.
    window.addEventListener(type, (event) => event.preventDefault());
  }
  form.addEventListener("dragover", () => isOver(true));
  form.addEventListener("dragleave", () => isOver(false));
  form.addEventListener("drop", (event) => {
    isOver(false);
    take(event.dataTransfer.files);
  });
}

/** Shows how many of the pictures have been read, as a bar and in words. */
class Progress {
  constructor(section) {
    this.section = section;
    this.bar = section.querySelector("progress");
    this.text = section.querySelector("p");
    this.done = this.all = 0;
  }

  /** Note that more pictures are waiting to be read. */
  add(number) {
    if (this.done === this.all) this.done = this.all = 0; // a new batch
    this.all += number;
    this.show("");
  }

  /** Note that one more picture was read, and say what it is. */
  step(name, sentence) {
    this.done += 1;
    this.show(`${name}: ${sentence} `);
  }

  show(last, rest = "") {
    Object.assign(this.bar, { value: this.done, max: this.all });
    this.text.textContent = `${last}${this.done} of ${this.all} read.${rest}`;
    this.section.hidden = false;
  }
}

async function readAll(url, files, most, results, progress) {
  const left = files.splice(most).length;
  if (!files.length) return;
  const cards = files.map(makeCard);
  results.prepend(...cards); // the newest first
  progress.add(files.length);
  for (const [i, card] of cards.entries()) {
    const pages = await readFile(url, files[i]);
    const shown = [card, ...pages.slice(1).map(() => makeCard(files[i]))];
    card.after(...shown.slice(1));
    for (const [j, result] of pages.entries()) {
      shown[j].querySelector("h3").textContent = namePage(files[i].name, result);
      await showResult(shown[j], result);
    }
    progress.step(files[i].name, describePages(pages));
    if (i === 0) card.scrollIntoView({ block: "nearest" });
  }
  if (left) progress.show("", ` The last ${left} were too many: choose them again in a second batch.`);
}

/** Return what people call a page, as `name_page` in Python does. */
function namePage(file, { page, pages = 1 }) {
  return pages === 1 ? file : `page ${page} of ${file}`;
}

function describePages(pages) {
  if (pages.length === 1) return describe(pages[0]);
  return `${pages.length} pages.`;
}

function makeCard(file) {
  const card = copyTemplate("card");
  card.querySelector("h3").textContent = file.name;
  card.querySelector("img").src = URL.createObjectURL(file);
  showAnswer(card.querySelector(".answer"), { message: "Reading …" });
  card.setAttribute("aria-busy", "true");
  return card;
}

async function showResult(card, result) {
  const image = card.querySelector("img");
  const ofFile = image.src;
  // A browser that shows a PDF or TIFF as a picture shows its first page only.
  if (result.picture || result.page > 1) image.src = result.picture ?? "data:,";
  await image.decode().catch(() => {}); // no browser shows every format
  URL.revokeObjectURL(ofFile);
  const { naturalWidth, naturalHeight } = image;
  const [width, height] = result.size ?? [naturalWidth, naturalHeight];
  card.querySelector("figure").hidden = !naturalWidth;
  card.querySelector(".not-shown").hidden = Boolean(naturalWidth || result.error);
  showBoxes(card.querySelector(".boxes"), result.digits ?? [], width, height);
  showAnswer(card.querySelector(".answer"), result);
  card.classList.toggle("failed", Boolean(result.error));
  card.removeAttribute("aria-busy");
}

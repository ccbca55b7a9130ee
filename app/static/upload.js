// Upload: each picture chosen or dropped gets a card at once, and its reading when it
// comes. One request a picture: a bad one stands alone, and no batch is too large.

import { readFile } from "./api.js";
import { copyTemplate, showAnswer, showBoxes } from "./result.js";

/** Have the form read its pictures on this page. */
export function setUpUpload(form, results) {
  const input = form.querySelector("input");
  const take = (files) => readAll(form.dataset.url, [...files], results);

  form.classList.add("scripted");
  form.querySelector(".or-drop").hidden = false;
  form.querySelector("button").hidden = true; // choosing is enough
  input.addEventListener("change", () => {
    take(input.files);
    input.value = ""; // so that the same picture can be chosen again
  });
  setUpDrop(form, take);
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

async function readAll(url, files, results) {
  const cards = files.map(makeCard);
  results.prepend(...cards); // the newest first
  for (const [i, card] of cards.entries()) {
    await showResult(card, await readFile(url, files[i]));
    if (i === 0) card.scrollIntoView({ block: "nearest" });
  }
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
  await image.decode().catch(() => {}); // no browser shows every format
  URL.revokeObjectURL(image.src);
  const { naturalWidth: width, naturalHeight: height } = image;
  card.querySelector("figure").hidden = !width;
  showBoxes(card.querySelector(".boxes"), result.digits ?? [], width, height);
  showAnswer(card.querySelector(".answer"), result);
  card.classList.toggle("failed", Boolean(result.error));
  card.removeAttribute("aria-busy");
}

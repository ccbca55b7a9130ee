// Shows a result in the parts of the page whose markup is in parts.html.

const SVG = "http://www.w3.org/2000/svg";
const OPEN_UP_TO = 4; // digits; with more, their bars are collapsed

const MOST_LISTED = 12; // these three as digitlib.reading.arrangement has them
const COLUMNS = [3, 6, 12, 24, 36, 48];
const LINE = 2;

const HIGHEST_SHOWN = 0.999; // as digitlib.reading.predict has it

/** Return the probability of one digit in percent, as `show_confidence` in Python does. */
function showConfidence(probability) {
  const shown = Math.min(probability, HIGHEST_SHOWN);
  return `${shown < probability ? "over " : ""}${(100 * shown).toFixed(1)} %`;
}

/** Copy the content of a <template> of the page. */
export function copyTemplate(id) {
  return document.querySelector(`template#${id}`).content.firstElementChild.cloneNode(true);
}

/** Show the text, message and digits of a result in an .answer element. */
export function showAnswer(answer, result) {
  const { text = "", message = "", digits = [], error } = result;
  const { columns, summary, order } = arrange(result);
  const written = answer.querySelector(".text");
  show(written, text);
  written.dataset.columns = columns;
  if (columns > 12) written.tabIndex = 0; // it may have to be scrolled
  else written.removeAttribute("tabindex");
  show(answer.querySelector(".message"), error ? error.message : message);
  answer.querySelector(".unsure").hidden = !text.includes("?");
  fold(answer.querySelector(".all"), summary);
  const isOpen = digits.length <= OPEN_UP_TO;
  const parts = order.map(([i, place]) => makeDigit(digits[i], isOpen, place));
  answer.querySelector(".digits").replaceChildren(...parts);
}

/** Draw the bounding box of every digit over a picture of this size in pixels. */
export function showBoxes(svg, digits, width, height) {
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(...digits.map(makeBox));
}

/** Describe a result in a sentence, for screen readers. */
export function describe(result) {
  const { text = "", message = "", digits = [], error } = result;
  if (!digits.length) return error?.message ?? message;
  const { summary } = arrange(result);
  if (summary) return `${summary}.`;
  const least = Math.min(...digits.map((digit) => digit.confidence));
  return `${text}, ${showConfidence(least)} sure.`;
}

/** How a result is laid out, as `arrange` in Python does it. */
function arrange({ text = "", digits = [], lines = [] }) {
  const rows = text.split("\n");
  const needed = Math.max(LINE * rows.length, ...rows.map((row) => row.length));
  const columns = COLUMNS.find((size) => size >= needed) ?? COLUMNS.at(-1);
  if (digits.length <= MOST_LISTED) return { columns, summary: "", order: digits.map((_, i) => [i, ""]) };
  const rank = ([i]) => (digits[i].accepted ? 1 + digits[i].confidence : 0);
  const order = findPlaces(lines).sort((one, other) => rank(one) - rank(other));
  return { columns, summary: summarise(digits), order };
}

function summarise(digits) {
  const sure = digits.filter((digit) => digit.accepted).length;
  const all = digits.length;
  if (sure === 0 || sure === all) return `${all} digits, ${sure ? "none" : "all"} in doubt`;
  return `${all} digits: ${sure} sure, ${all - sure} in doubt`;
}

/** Each digit's index and its place in words, in the order of reading. */
function findPlaces(lines) {
  const name = (row, n) => (lines.length > 1 ? `line ${row + 1}, digit ${n + 1}` : `digit ${n + 1}`);
  return lines.flatMap((line, row) => line.digits.map((i, n) => [i, name(row, n)]));
}

/** Fold the digits behind a sentence; without one they are open, and stay so. */
function fold(all, summary) {
  const sentence = all.querySelector("summary");
  if (sentence.hidden === Boolean(summary)) all.open = !summary;
  show(sentence, summary);
}

function show(element, text) {
  element.textContent = text;
  element.hidden = !text;
}

function makeDigit({ label, accepted, confidence, probabilities, glyph }, open, place) {
  const digit = copyTemplate("digit");
  digit.open = open;
  digit.querySelector(".label").textContent = label;
  digit.querySelector(".label").classList.toggle("unsure", !accepted);
  digit.querySelector(".confidence .number").textContent = showConfidence(confidence);
  digit.querySelector(".place").textContent = place;
  digit.querySelector(".glyph").src = glyph;
  const best = probabilities.indexOf(Math.max(...probabilities));
  digit.querySelectorAll("li").forEach((row, i) => {
    row.classList.toggle("best", i === best);
    row.querySelector("rect").setAttribute("width", `${100 * probabilities[i]}%`);
    row.querySelector(".number").textContent = showConfidence(probabilities[i]);
  });
  return digit;
}

function makeBox({ box: [left, top, right, bottom], accepted }) {
  const rect = document.createElementNS(SVG, "rect");
  const place = { x: left, y: top, width: right - left, height: bottom - top };
  for (const [name, value] of Object.entries(place)) rect.setAttribute(name, value);
  rect.classList.toggle("unsure", !accepted);
  return rect;
}

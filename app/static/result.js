// Shows a result in the parts of the page whose markup is in parts.html.

const SVG = "http://www.w3.org/2000/svg";
const OPEN_UP_TO = 4; // digits; with more, their bars are collapsed

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
export function showAnswer(answer, { text = "", message = "", digits = [], error }) {
  show(answer.querySelector(".text"), text);
  show(answer.querySelector(".message"), error ? error.message : message);
  answer.querySelector(".unsure").hidden = !text.includes("?");
  const parts = digits.map((digit) => makeDigit(digit, digits.length <= OPEN_UP_TO));
  answer.querySelector(".digits").replaceChildren(...parts);
}

/** Draw the bounding box of every digit over a picture of this size in pixels. */
export function showBoxes(svg, digits, width, height) {
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(...digits.map(makeBox));
}

/** Describe a result in a sentence, for screen readers. */
export function describe({ text = "", message = "", digits = [], error }) {
  if (!digits.length) return error?.message ?? message;
  const least = Math.min(...digits.map((digit) => digit.confidence));
  return `${text}, ${showConfidence(least)} sure.`;
}

function show(element, text) {
  element.textContent = text;
  element.hidden = !text;
}

function makeDigit({ label, confidence, probabilities, glyph }, open) {
  const digit = copyTemplate("digit");
  digit.open = open;
  digit.querySelector(".label").textContent = label;
  digit.querySelector(".confidence .number").textContent = showConfidence(confidence);
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

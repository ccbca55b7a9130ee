// Drawings to keep and to give away: as a file that the dashboard opens too, as a link
// whose fragment holds the drawing, and examples. A fragment is sent to no server.

import { ask } from "./reader.js";

const KIND = "digitlib drawing"; // as digitlib.reading.ink has it
const MOST_POINTS = 50_000; // of a drawing in a file, as there
const MOST_SHARED = 5000; // in a link, which is 40,000 characters then
const FAR = 10; // times the side of the pad: no point lies further away

/** Set up the buttons below a pad, and show the drawing of the page's address. */
export function setUpDrawings(section, pad) {
  const said = section.querySelector("#kept");
  const link = section.querySelector("#link");
  const on = (id, event, act) =>
    section.querySelector(id).addEventListener(event, async ({ target }) => {
      link.hidden = true;
      said.textContent = (await act(target)) ?? "";
    });
  on("#example", "change", (select) => showExample(select, pad));
  on("#save", "click", () => save(pad));
  on("#share", "click", () => share(pad, link));
  on("#open", "change", (input) => open(input, pad));
  const showShared = () => {
    const shared = fromLink(location.hash);
    if (shared) pad.put(shared);
  };
  addEventListener("hashchange", showShared); // a link to the page that is open already
  showShared();
}

async function showExample(select, pad) {
  const strokes = await ask("write_example", select.value);
  select.value = "";
  pad.put(strokes);
}

function save(pad) {
  if (!pad.strokes.length) return "There is no drawing yet.";
  if (!isSound(pad.strokes, pad.side)) return "This drawing is too long to be saved: clear the pad, and draw less.";
  const drawing = { kind: KIND, pen_width: pad.penWidth, strokes: rounded(pad.strokes, 10) };
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(drawing)], { type: "application/json" }));
  link.download = "drawing.json";
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Copy a link to the drawing, or show it, where the browser lets no page copy. */
async function share(pad, field) {
  if (!pad.strokes.length) return "There is no drawing yet.";
  if (location.protocol === "file:") return "Only a page with an address can be shared: save the drawing instead.";
  if (!isSound(pad.strokes, pad.side, MOST_SHARED)) return "This drawing is too long for a link: save it instead.";
  const link = toLink(pad.strokes);
  history.replaceState(null, "", link);
  const copied = await navigator.clipboard?.writeText(link).then(() => true, () => false);
  if (copied) return "The link to this drawing is copied.";
  Object.assign(field, { hidden: false, value: link });
  field.select();
  return "This link holds the drawing: copy it.";
}

async function open(input, pad) {
  const [file] = input.files;
  input.value = ""; // so that the same file can be chosen again
  const drawing = await file.text().then(JSON.parse).catch(() => null);
  if (drawing?.kind !== KIND || !isSound(drawing.strokes, pad.side)) {
    return "This file holds no drawing: choose one that was saved here.";
  }
  pad.put(drawing.strokes);
}

/** Return the page's address with the strokes as its fragment: "#d=80,70_140,68.10,20". */
export function toLink(strokes) {
  const text = rounded(strokes, 1).map((stroke) => stroke.map((point) => point.join(",")).join("_"));
  return `${location.href.split("#")[0]}#d=${text.join(".")}`;
}

/** Return the strokes in a fragment; null if it holds none. */
export function fromLink(fragment, side = 280) {
  if (!fragment.startsWith("#d=")) return null;
  const strokes = fragment
    .slice(3)
    .split(".")
    .map((stroke) => stroke.split("_").map((point) => point.split(",").map(toNumber)));
  return isSound(strokes, side, MOST_SHARED) ? strokes : null;
}

function toNumber(text) {
  return /^-?\d+$/.test(text) ? Number(text) : NaN; // Number("") would be 0
}

function isSound(strokes, side, most = MOST_POINTS) {
  if (!Array.isArray(strokes) || strokes.flat().length > most) return false;
  const isNear = (x) => typeof x === "number" && Math.abs(x) <= FAR * side;
  const isPoint = (point) => Array.isArray(point) && point.length === 2 && point.every(isNear);
  return strokes.every((stroke) => Array.isArray(stroke) && stroke.length && stroke.every(isPoint));
}

function rounded(strokes, parts) {
  const round = (value) => Math.round(value * parts) / parts;
  return strokes.map((stroke) => stroke.map(([x, y]) => [round(x), round(y)]));
}
